"""Telegram Desktop's export, `result.json`: one chat, or a whole account
(https://core.telegram.org/import-export; the fields are those the program writes)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import ConfigDict, Field

from suites.dialogue import Dialogue, Record
from suites.exchange.encoding_damage import repair
from suites.exchange.json_stream import Collector, JsonEvent, json_events
from suites.exchange.reading import OTHER_ROLE, Found, ReadingOptions, files_below, name_below
from suites.exchange.utterances import Utterance, cut_at_pauses, date_of, in_order, turns_of
from suites.userfile import InputError, parse_line

DEFAULT_PAUSE = timedelta(hours=6)
"""A chat goes on for years; after a silence this long a new dialogue begins."""

MAX_QUOTE = 120
"""Characters of a message that one answering it quotes."""

_LOOSE_END = re.compile(r"[\s\d()+-]*\S*$")
"""A word or number that is cut off: half a name or half a phone number would not be known as one."""

MAX_REMEMBERED = 2000
"""How many messages back an answer may quote."""

_CHATS = ("", "chats.list.item")
_CHAT_KINDS = ("type", "chats.list.item.type")
_MESSAGES = ("messages.item", "chats.list.item.messages.item")
_NO_DIALOGUES = ("channel", "bot_chat", "saved_messages")

_MEDIA = {
    "sticker": "sticker",
    "voice_message": "voice message",
    "video_message": "video message",
    "video_file": "video",
    "animation": "animation",
    "audio_file": "audio",
}


class TextPart(Record):
    """Part of a text that is a link, bold, a mention and so on."""

    model_config = ConfigDict(extra="ignore")

    text: str


class TelegramMessage(Record):
    """What of a message matters here."""

    model_config = ConfigDict(extra="ignore")

    id: int
    type: Literal["message", "service", "unsupported"]
    date: datetime | None = None
    sender: Annotated[str | None, Field(alias="from")] = None
    sender_id: Annotated[str | None, Field(alias="from_id")] = None
    text: str | tuple[str | TextPart, ...] = ""
    forwarded_from: str | None = None
    reply_to_message_id: int | None = None
    media_type: str | None = None
    sticker_emoji: str | None = None
    photo: str | None = None
    file: str | None = None
    location_information: Any = None
    contact_information: Any = None
    poll: Any = None

    @property
    def words(self) -> str:
        """The text without its marks."""
        parts = (self.text,) if isinstance(self.text, str) else self.text
        return "".join(part if isinstance(part, str) else part.text for part in parts).strip()

    @property
    def writer(self) -> str:
        """The name of who wrote it; of those whose accounts are gone there is none."""
        return self.sender or "Somebody"

    @property
    def is_forwarded(self) -> bool:
        """Whether somebody else wrote it first."""
        return self.forwarded_from is not None

    @property
    def placeholder(self) -> str:
        """What stands for its media; empty for plain text."""
        if self.media_type is not None:
            kind = _MEDIA.get(self.media_type, "file")
            return f"[{kind} {self.sticker_emoji}]" if self.sticker_emoji else f"[{kind}]"
        kinds = (
            ("photo", self.photo),
            ("location", self.location_information),
            ("contact", self.contact_information),
            ("poll", self.poll),
            ("file", self.file),
        )
        return next((f"[{kind}]" for kind, there in kinds if there is not None), "")


@dataclass(slots=True)
class _Chat:
    """A chat, as far as it is known so far."""

    number: int
    kind: str = ""
    quotes: dict[int, str] = field(default_factory=dict)
    """How each message begins, by its id."""


class _Post(NamedTuple):
    chat: _Chat
    message: TelegramMessage
    line: int


class _Export:
    """One export file, read once from top to bottom."""

    def __init__(self, file: Path, options: ReadingOptions) -> None:
        self.file = file
        self._person = options.person
        self._code_page = options.code_page
        self._owner: str | None = None
        """Id of whoever exported a whole account, as messages have it."""
        self._writers: Counter[str] = Counter()
        self._has_person_written = False

    def posts(self) -> Iterator[_Post]:
        """What people wrote, chat by chat. Channels, bots and notes to oneself are no dialogues and left out."""
        chat = _Chat(0)
        collector = Collector(*_MESSAGES)
        for event in map(self._repaired, json_events(self.file)):
            if event.kind == "start_map" and event.prefix in _CHATS:
                chat = _Chat(chat.number + 1)
            elif event.prefix == "personal_information.user_id":
                self._owner = f"user{event.value}"
            elif event.prefix in _CHAT_KINDS:
                chat.kind = str(event.value)
            elif collector.takes(event) and collector.is_complete and not chat.kind.endswith(_NO_DIALOGUES):
                message = parse_line(TelegramMessage, collector.value, self.file, collector.line)
                if message.type == "message" and (message.words or message.placeholder):
                    yield self._post(chat, message, collector.line)

    def _repaired(self, event: JsonEvent) -> JsonEvent:
        is_text = self._code_page is not None and event.kind == "string"
        return event._replace(value=repair(event.value, self._code_page or "")) if is_text else event

    def _post(self, chat: _Chat, message: TelegramMessage, line: int) -> _Post:
        self._writers[message.writer] += 1
        if len(chat.quotes) >= MAX_REMEMBERED:
            del chat.quotes[next(iter(chat.quotes))]
        chat.quotes[message.id] = _beginning(message.words or message.placeholder)
        return _Post(chat, message, line)

    def is_by_person(self, message: TelegramMessage) -> bool:
        """Whether the person wrote it whose replies are the targets.

        Raises:
            InputError: Nobody said who that is, and the file is not of a whole account.
        """
        wanted = self._person or self._owner
        if wanted is None:
            raise InputError(
                "is the export of one chat, which does not tell whose replies are meant; name the person as it stands in "
                f"`from`, for example --person '{message.sender}'",
                file=self.file,
                field="from",
            )
        is_person = wanted in (message.sender, message.sender_id)
        self._has_person_written |= is_person
        return is_person

    def check_person(self) -> None:
        """To be called when all is read.

        Raises:
            InputError: The person wrote nothing.
        """
        if self._person is not None and not self._has_person_written:
            writers = ", ".join(f"{name} ({count:,} messages)" for name, count in self._writers.most_common(10))
            problem = f"nobody called '{self._person}' wrote in it; those who did: {writers or 'nobody'}"
            raise InputError(problem, file=self.file, field="from")


def read(path: Path, options: ReadingOptions) -> Iterator[Found]:
    """The dialogues of an export: each chat cut where nobody wrote for `options.pause` (6 hours if not given).

    The person's messages are the turns of the target role, all others' the other turns; in groups they open with their
    writer's name. Media, and what the person only passed on, are placeholders. What answers an earlier message quotes it,
    but for the person's own words. Edited messages stand as they were left.

    Raises:
        InputError: A message cannot be read, is undated or out of order, or it is not clear who the person is.
    """
    for file in files_below(path, {".json"}):
        export = _Export(file, options)
        for number, posts in groupby(export.posts(), key=lambda post: post.chat.number):
            yield from _dialogues_of_chat(posts, f"{name_below(path, file)}-{number:03d}", export, options)
        export.check_person()


def texts(path: Path) -> Iterator[str]:
    """All text of an export, or of all exports below a folder: names and messages.

    Raises:
        InputError: A file cannot be read, or is not JSON.
    """
    for file in files_below(path, {".json"}):
        yield from (event.value for event in json_events(file) if event.kind == "string")


def _dialogues_of_chat(posts: Iterable[_Post], name: str, export: _Export, options: ReadingOptions) -> Iterator[Found]:
    people: dict[str, None] = {}
    utterances = _utterances(posts, people, export, options)
    if not options.any_order:
        utterances = in_order(utterances, export.file)
    for number, run in enumerate(cut_at_pauses(utterances, options.pause or DEFAULT_PAUSE), start=1):
        turns = turns_of(run, options.target_role)
        if any(turn.target for turn in turns):
            dialogue = Dialogue(id=f"{name}-{number:05d}", messages=turns, date=date_of(run))
            yield Found(export.file, run[0].line, dialogue, tuple(people))


def _beginning(text: str) -> str:
    """How a message begins, in one line, ending with a whole word and with no part of a number."""
    line = " ".join(text.split())
    if len(line) <= MAX_QUOTE:
        return line
    return _LOOSE_END.sub("", line[: MAX_QUOTE + 1]) + "…"


def _utterances(
    posts: Iterable[_Post], people: dict[str, None], export: _Export, options: ReadingOptions
) -> Iterator[Utterance]:
    """The messages of a chat; the names of those who wrote them are put into `people`."""
    for post in posts:
        if post.message.sender:
            people[post.message.sender] = None
        yield _utterance(post, export.is_by_person(post.message), options)


def _utterance(post: _Post, is_by_person: bool, options: ReadingOptions) -> Utterance:
    message = post.message
    words = message.words
    if is_by_person and message.is_forwarded:
        words = ""
    text = "\n".join(filter(None, (message.placeholder, words))) or "[forwarded message]"
    if not is_by_person:
        if "group" in post.chat.kind:
            text = f"{message.writer}: {text}"
        quote = post.chat.quotes.get(message.reply_to_message_id or 0)
        if quote:
            text = f"> {quote}\n{text}"
    role = options.target_role if is_by_person else OTHER_ROLE[options.target_role]
    return Utterance(role, text, post.line, message.date, f"message {message.id}.date", bool(words))
