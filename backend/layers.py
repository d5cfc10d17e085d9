"""The layers of a city's map as consoles are given them: encoded once, names in letters too."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotline.pinyin import spelled
from hotline.wire import encode


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the city's map, read once, with the tag of its content."""

    body: bytes
    tag: str


Layers = dict[str, Layer]


def make_layers(maps: Mapping[str, Mapping[str, Any]]) -> Layers:
    """Give the layers of a city's maps, as backend.city_files reads them; it takes a while."""
    found = {}
    for name, layer in maps.items():
        body = encode({**layer, "features": [_spelled(one) for one in layer.get("features", ())]})
        found[name] = Layer(body, hashlib.sha256(body).hexdigest()[:32])
    return found


def _spelled(feature: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a thing on the map whose names also stand in letters, to be found by them."""
    told = feature.get("properties") or {}
    names = [told.get("name"), *told.get("aliases", ())]
    words = [word for name in names if isinstance(name, str) for word in spelled(name)]
    return {**feature, "properties": {**told, "spelled": words}} if words else feature
