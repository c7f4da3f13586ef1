"""Reading a `report.html` as a browser does up to its script: elements, headings, and the data that the script shows."""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

Attributes = dict[str, str | None]


class ReportPage(HTMLParser):
    """A parsed page."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.source = file.read_text(encoding="utf-8")
        self.elements: list[tuple[str, Attributes]] = []
        self.scripts: list[tuple[Attributes, str]] = []
        self.headings: list[str] = []
        self._within = ""
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._within = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag == "h2":
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "script":
            attributes, text = self.scripts.pop()
            self.scripts.append((attributes, text + data))
        elif self._within == "h2":
            self.headings[-1] += data

    @property
    def tags(self) -> Counter[str]:
        """How many elements of each kind there are."""
        return Counter(tag for tag, _ in self.elements)

    @property
    def language(self) -> str | None:
        """The `lang` attribute of the whole page."""
        return next(attributes.get("lang") for tag, attributes in self.elements if tag == "html")

    def data(self, name: str) -> Any:
        """The JSON of one data element, or of one that holds it deflated and in base64."""
        attributes, text = next(script for script in self.scripts if script[0].get("id") == name)
        is_packed = attributes["type"] == "text/plain"
        return json.loads(zlib.decompress(base64.b64decode(text)) if is_packed else text)

    def replies(self) -> dict[tuple[str, str], Any]:
        """The replies of the first seed as the page holds them, by case id and candidate."""
        data = self.data("cases-data")
        return {
            (case["id"], candidate): own[0]["text"]
            for case in data["cases"]
            for candidate, own in zip(data["candidates"], case["replies"], strict=True)
        }
