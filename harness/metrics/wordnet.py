"""WordNet for METEOR: where it is, synonyms from it, and building NLTK's folder from Debian's files.

Nothing is ever downloaded here. `python -m harness.metrics.wordnet` says what there is and how to get the rest;
`python -m harness.metrics.wordnet build SOURCE [TARGET]` builds the folder.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from suites.userfile import InputError

HOW_TO_GET = (
    "get it with `python -m nltk.downloader wordnet`, or without NLTK's server and without root with `apt-get download "
    "wordnet-base wordnet-sense-index`, `dpkg -x FILE unpacked` for each of the two files, and `python -m "
    "harness.metrics.wordnet build unpacked/usr/share/wordnet`"
)

WORDS_REMEMBERED = 8192

_PLACES = ("corpora/wordnet", "corpora/wordnet.zip/wordnet/")
_PARTS_OF_SPEECH = {"noun": 1, "verb": 2, "adj": 3, "adv": 4}
_DATABASE = tuple(name for part in _PARTS_OF_SPEECH for name in (f"data.{part}", f"index.{part}", f"{part}.exc"))
_ALSO_IN_NLTK = ("index.sense", "cntlist.rev")
"""METEOR does without them; `nltk.corpus.wordnet` does not."""

# The lexicographer files in the order of their numbers, from WordNet 3.0's manual page lexnames(5WN).
_LEXNAMES = (
    ("adj", "all pert"),
    ("adv", "all"),
    (
        "noun",
        "Tops act animal artifact attribute body cognition communication event feeling food group location motive object "
        "person phenomenon plant possession process quantity relation shape state substance time",
    ),
    (
        "verb",
        "body change cognition communication competition consumption contact creation emotion motion perception possession "
        "social stative weather",
    ),
    ("adj", "ppl"),
)


class WordNetStatus(NamedTuple):
    """Whether METEOR has synonyms, in words for `rejoinder doctor`."""

    place: str | None
    """Where WordNet is; None where there is none that can be used."""
    version: str | None
    """"3.0"."""
    advice: str
    """What to do; empty where nothing is to be done."""


def wordnet_status() -> WordNetStatus:
    """Look for WordNet on NLTK's search path, without loading it."""
    root = _find()
    if root is None:
        return WordNetStatus(None, None, f"there is no WordNet, so METEOR counts no synonyms; {HOW_TO_GET}")
    missing = [name for name in ("lexnames", *_DATABASE) if not _holds(root, name)]
    if missing:
        return WordNetStatus(None, None, f"the WordNet in {root} lacks {', '.join(missing)}; {HOW_TO_GET}")
    return WordNetStatus(str(root), _version(root), "")


def _find() -> Any:
    """NLTK's pointer to the folder or the inside of the archive; None if there is none."""
    import nltk.data  # noqa: PLC0415  (nltk takes two seconds to import)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on folders that others can write to, which NLTK passes over
        for place in _PLACES:
            try:
                return nltk.data.find(place)
            except LookupError:
                continue
    return None


def _holds(root: Any, name: str) -> bool:
    try:
        root.join(name)
    except OSError:
        return False
    return True


def _version(root: Any) -> str | None:
    """The version that the head of WordNet's own files states."""
    with root.join("data.noun").open() as lines:
        head = b"".join(lines.readline() for _ in range(30))
    found = re.search(rb"WordNet (\d+(?:\.\d+)*) Copyright", head)
    return found.group(1).decode() if found else None


class _Lemma(NamedTuple):
    text: str

    def name(self) -> str:
        """The lemma's spelling."""
        return self.text


class _Synset(NamedTuple):
    members: tuple[_Lemma, ...]

    def lemmas(self) -> tuple[_Lemma, ...]:
        """Its lemmas."""
        return self.members


SynonymsOf = Callable[[str], frozenset[str]]
"""Gives the synonyms of a word."""


class Synonyms:
    """The synonyms of words: all single words of the synsets that they are in, themselves among them.

    WordNet is loaded at the first word (about 2 s). What was looked up is remembered. NLTK's reader moves about in open
    files, so only one thread at a time looks up; several threads may ask.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reader: Any = None
        self.of: SynonymsOf = lru_cache(maxsize=WORDS_REMEMBERED)(self._look_up)
        """The synonyms of a word; none of a word that WordNet lacks."""

    def _look_up(self, word: str) -> frozenset[str]:
        with self._lock:
            if self._reader is None:
                self._reader = _load()
            names = {lemma.name() for synset in self._reader.synsets(word) for lemma in synset.lemmas()}
        return frozenset(name for name in names if "_" not in name)


def no_synonyms(word: str) -> frozenset[str]:
    """Takes the place of `Synonyms.of` where there is no WordNet."""
    return frozenset()


class SynonymsAmong:
    """What NLTK's METEOR asks of WordNet, the synsets of a word; but of their words only those that it can match.

    NLTK looks for every synonym of a word among the words of the reference. Most words have dozens and few of those stand
    there, so leaving out the others changes nothing and saves most of METEOR's time. All come as one synset.
    """

    def __init__(self, words: Iterable[str], synonyms_of: SynonymsOf) -> None:
        """Make ready.

        Args:
            words: Of the references, in all forms in which they are compared.
            synonyms_of: Where synonyms come from.
        """
        self._words = frozenset(words)
        self._synonyms_of = synonyms_of

    def synsets(self, word: str) -> Sequence[_Synset]:
        """The synonyms of a word that are among `words`."""
        found = self._words & self._synonyms_of(word)
        return (_Synset(tuple(map(_Lemma, found))),) if found else ()


def _load() -> Any:
    from nltk.corpus.reader.wordnet import WordNetCorpusReader  # noqa: PLC0415

    class SynonymReader(WordNetCorpusReader):  # type: ignore[misc]
        """NLTK's reader without its map between versions of WordNet, which takes longer to load than all the rest."""

        def map_wn(self, version: str = "wordnet") -> None:
            return None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on other languages' WordNets, which are not asked for
        return SynonymReader(_find(), None)


def build_from_debian_files(source: Path, target: Path) -> Path:
    """Build the WordNet folder of an NLTK data folder from the files of Debian's packages.

    Args:
        source: Folder with the files of `usr/share/wordnet` (packages `wordnet-base` and `wordnet-sense-index`).
        target: An NLTK data folder, such as `~/nltk_data`; made if it is not there.

    Returns:
        The folder that was built: `corpora/wordnet` below `target`.

    Raises:
        InputError: `source` lacks files, or `target` cannot be written.
    """
    missing = [name for name in _DATABASE if not (source / name).is_file()]
    if missing:
        raise InputError(
            f"lacks {', '.join(missing)}; name the folder usr/share/wordnet of Debian's package wordnet-base",
            file=source,
        )
    folder = target / "corpora" / "wordnet"
    try:
        # NLTK reads no data that others than its owner could have written, whatever the user's umask.
        for made in (target, folder.parent, folder):
            made.mkdir(mode=0o755, parents=True, exist_ok=True)
        for name in (*_DATABASE, *_ALSO_IN_NLTK):
            if (source / name).is_file():
                shutil.copyfile(source / name, folder / name)
        (folder / "lexnames").write_text("".join(_lexnames_lines()), encoding="ascii")
        for file in folder.iterdir():
            file.chmod(0o644)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror}); choose another folder", file=folder) from error
    return folder


def _lexnames_lines() -> Iterator[str]:
    names = ((part, name) for part, group in _LEXNAMES for name in group.split())
    for number, (part, name) in enumerate(names):
        yield f"{number:02}\t{part}.{name}\t{_PARTS_OF_SPEECH[part]}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what there is, or build. Exit code 0; 1 where there is no WordNet; 2 where it cannot be built."""
    parser = argparse.ArgumentParser(prog="python -m harness.metrics.wordnet", description="WordNet for METEOR.")
    commands = parser.add_subparsers(dest="command")
    build = commands.add_parser("build", help="build NLTK's WordNet folder from Debian's files")
    build.add_argument("source", type=Path, help="folder usr/share/wordnet of the unpacked packages")
    build.add_argument("target", type=Path, nargs="?", default=Path.home() / "nltk_data", help="an NLTK data folder")
    chosen = parser.parse_args(arguments)
    if chosen.command == "build":
        return _build(chosen.source, chosen.target)
    status = wordnet_status()
    sys.stdout.write(f"WordNet {status.version} in {status.place}\n" if status.place else f"{status.advice}\n")
    return 0 if status.place else 1


def _build(source: Path, target: Path) -> int:
    try:
        folder = build_from_debian_files(source, target)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    found = wordnet_status().place == str(folder)
    sys.stdout.write(f"built {folder}\n" if found else f"built {folder}; set NLTK_DATA={target} for it to be found\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
