"""Whom the words of a search name, so that they go with the person."""

import json

import pytest

from backend.store.audit_words import names
from hotline.channel import Channel
from hotline.report import Contact


@pytest.mark.parametrize(
    ("said", "name", "address"),
    [
        ("王小明 井盖", "王小明", "13800138000"),
        ("１３８００１３８０００", "", "+8613800138000"),
        ("一三八零零一三八零零零", "", "+8613800138000"),
        ("138-0013 8000", "", "13800138000"),
        ("87654321，漏水", "", "057487654321"),
        ("张三，井盖", "张三 / 李四", "1"),
        ("李四的井盖", "张三 / 李四", "1"),
        ("王小明", "王 小明", "1"),
        ("ANNA", "Anna", "1"),
    ],
)
def test_who_was_found_is_named(said: str, name: str, address: str) -> None:
    assert names(json.dumps({"q": [said]}), Contact(Channel.PHONE, address, name))


@pytest.mark.parametrize("said", ["井盖", "三", "387", "漏水，三楼", ""])
def test_others_are_not_named(said: str) -> None:
    assert not names(json.dumps({"q": [said]}), Contact(Channel.PHONE, "13800138000", "张三"))
