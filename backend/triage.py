"""Making ready what understands words and places, from a city's and an edition's files."""

import hashlib

from backend.city_files import CityFiles
from backend.fitted import ModelFolder, made_by
from config.settings import Settings
from hotline.catalogue import parse_edition
from hotline.intake.lexicon import parse_lexicon
from hotline.intake.understand import Knowledge
from hotline.place.address import parse_grammar
from hotline.place.gazetteer import parse_gazetteer
from hotline.place.grid import parse_grid
from hotline.place.point import Point
from hotline.wire import encode


def load_knowing(settings: Settings, files: CityFiles) -> Knowledge:
    """Give the knowledge of a city; Invalid or SettingsError names the file and entry at fault."""
    read = files.catalogue
    edition = parse_edition(read.edition, read.matters, read.components)
    lexicon = parse_lexicon(read.words, read.examples, read.scope, read.speech)
    lon, lat = files.tables["city"]["centre"]
    centre = Point(float(lon), float(lat))
    grid = parse_grid(files.maps["grids"], centre)
    gazetteer = parse_gazetteer(files.maps["roads"], files.maps["places"], centre)
    # How a text is taken apart depends on the code and on what is said how.
    about = f"{made_by()} {hashlib.sha256(encode(read.speech)).hexdigest()}"
    kept = ModelFolder(settings.home.data_dir / "model", about)
    grammar = parse_grammar(read.address)
    return Knowledge.build(edition, lexicon, grammar, gazetteer, grid, kept.keep)
