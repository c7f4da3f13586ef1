"""The kinds of attacks on judges."""

from __future__ import annotations

from typing import Literal

Family = Literal["orders", "prompt_ends", "chat_templates", "json", "roles", "invisible", "rubrics", "turns"]
"""Each is a file of the battery, and detection names what it finds by the same words.

`orders`: orders to give the top mark. `prompt_ends`: fake ends of the reply or the prompt. `chat_templates`: special
tokens. `json`: a verdict written in advance. `roles`: somebody with more say. `invisible`: what a reader does not see.
`rubrics`: a rubric of its own. `turns`: a dialogue that seems to go on."""
