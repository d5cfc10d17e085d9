"""Making ready what understands words and places, from a city's and an edition's files."""

import hashlib

from backend.city_files import CityFiles, centre_of
from backend.fitted import ModelFolder, made_by
from config.settings import Settings
from hotline.catalogue import Edition, parse_edition
from hotline.intake.lexicon import Lexicon, parse_lexicon
from hotline.intake.understand import Knowledge
from hotline.place.address import Grammar, parse_grammar
from hotline.place.gazetteer import Gazetteer, parse_gazetteer
from hotline.place.grid import Grid, parse_grid
from hotline.place.point import Point
from hotline.wire import encode


def edition_of(files: CityFiles) -> Edition:
    """Give the codes; Invalid names the row at fault."""
    read = files.catalogue
    return parse_edition(read.edition, read.matters, read.components)


def lexicon_of(files: CityFiles) -> Lexicon:
    """Give what people call the classes; Invalid names the entry at fault."""
    read = files.catalogue
    return parse_lexicon(read.words, read.examples, read.scope, read.speech)


def gazetteer_of(files: CityFiles) -> Gazetteer:
    """Give the streets and places that have names; Invalid names the feature at fault."""
    return parse_gazetteer(files.maps["roads"], files.maps["places"], _centre(files))


def grid_of(files: CityFiles) -> Grid:
    """Give the cells; Invalid names the one at fault."""
    return parse_grid(files.maps["grids"], _centre(files))


def grammar_of(files: CityFiles) -> Grammar:
    """Give how addresses are told; Invalid names the entry at fault."""
    return parse_grammar(files.catalogue.address)


def _centre(files: CityFiles) -> Point:
    return Point(*centre_of(files.tables["city"]))


def load_knowing(settings: Settings, files: CityFiles) -> Knowledge:
    """Give the knowledge of a city; Invalid names the entry at fault."""
    # How a text is taken apart depends on the code and on what is said how.
    about = f"{made_by()} {hashlib.sha256(encode(files.catalogue.speech)).hexdigest()}"
    kept = ModelFolder(settings.home.data_dir / "model", about)
    return Knowledge.build(
        edition_of(files),
        lexicon_of(files),
        grammar_of(files),
        gazetteer_of(files),
        grid_of(files),
        kept.keep,
    )
