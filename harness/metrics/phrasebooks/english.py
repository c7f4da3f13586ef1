"""English cue phrases."""

from __future__ import annotations

from harness.metrics.phrasebooks.phrasebook import Phrasebook, cue

_AUXILIARY = r"(?:do|does|did|is|are|was|were|am|can|could|will|would|shall|should|may|might|have|has|had)(?:n't)?"
_OUR = r"(?:we|i|they|you|the (?:shop|bar|kitchen))"
_NOT = r"(?:do not|don't|can not|cannot|can't|could not|couldn't|will not|won't|am not able to|are not able to|are unable to)"
_TRADE = (
    r"(?:serve|sell|do|make|offer|deliver|carry|stock|bake|have|take|accept|book|provide|handle|know|see|send|help|part|"
    r"cater|ship|brew|cook|keep|give|open|get)"
)
_CLOSE = (
    r"(?:book|reserve|order|place|ring|close|send|submit|finali[sz]e|lock|confirm|start|begin|pack|prepare|proceed|"
    r"go ahead|charge|purchase|buy|rent|schedule|make (?:the|a|that|this|it|you a) (?:reservation|booking|appointment))"
)

ENGLISH = Phrasebook(
    question_word=cue("what", "what's", "which", "who", "whose", "when", "where", "why", "how"),
    choice=cue("or"),
    yes_no_opening=cue(_AUXILIARY, "any", "anything", "anyone", "perhaps", "maybe", "whether"),
    about_something=cue("for", "in", "with", "on", "to go", "at"),
    is_it_right=cue(
        "right", "correct", "correctly", "accurate", "complete", "all set", "all good", "in order", "as you wish",
        r"(?:yes|yeah|ok|okay|good|deal|agreed|sound good|all right|alright)(?: \w+){0,2}\?$",
        r"(?:is|was|will) (?:that|this|it|there|the|everything)(?: \w+)? (?:all|everything|it|the lot|final|the whole \w+)",
        r"(?:is|does|will) (?:that|this|it|everything|all|your order)(?: be)? (?:look|looks|sound|sounds|cover|all|it|everything)",
        r"(?:have|did) (?:i|we) (?:got|get|miss|missed|forget|forgotten|count|counted|understand|understood)",
        r"(?:is|are) (?:this|that|these|those) what you (?:want|wanted|ordered|meant)",
    ),
    go_ahead=cue(
        rf"(?:shall|should|may|can|could) (?:i|we)(?: now| go ahead and)? {_CLOSE}",
        rf"(?:would you like|do you want|want)(?: me| us)? to {_CLOSE}",
        r"would you like (?:a|the|that) (?:reservation|booking)",
        r"ready to (?:go|order|pay|check out)",
    ),
    review=cue(
        r"(?:check|double check|double-check|review|verify|confirm|look at|look over)(?: \w+){0,4}"
        r" (?:screen|display|monitor|order|details|correct|right|accurate|following|list|that|this|it|an appointment)",
        r"please (?:check|confirm|verify|review)",
        r"make sure(?: \w+){0,6} (?:right|correct|ok|okay|accurate)",
    ),
    more=cue(
        r"anything (?:else|more|further|other|to \w+|with|for|you|we)", "anything", "what else", "anyone still",
        r"something (?:else|more|to (?:eat|drink|nibble|go)|with|for|as well)",
        r"(?:some|any|a little|a bit of)(?: \w+)? (?:food|drink|drinks|snack|snacks|extras|sides)", "a (?:drink|snack)",
        r"(?:is|will) there (?:be )?(?:anything|something|more)", r"(?:food|drinks|snacks|cake) (?:too|as well)",
        r"help (?:you )?(?:with|in) (?:anything|something)", r"useful",
    ),
    service=cue(
        r"(?:what|how) (?:can|may|could|shall|should) (?:i|we) (?:get|help|do|make|bring|offer|prepare|serve|start)",
        r"what (?:will|would) you (?:have|like)(?: to (?:have|order|drink|eat))?(?: today| this morning)?\?$",
        r"(?:can|may|could|shall) (?:i|we) (?:get|make|bring|offer|tempt|warm|fix|help|interest) you",
        r"would you (?:care for|fancy)", r"would you like (?:a (?:coffee|drink|tea)|to order)",
    ),
    instead=cue(
        "instead", r"(?:do|did) you (?:\w+ ){0,2}mean", "something else", "anything else", "which one", "what would you like",
    ),
    recap=cue(
        r"^(?:\w+[,!.]? ){0,3}so(?: then)?,? (?:that|that's|that is|it's|it is|you|i|we|one|a|an)",
        r"that's (?:a|an|one|just)", r"(?:that|this) (?:makes|leaves|is) (?:a|an|one)",
        r"(?:just )?to (?:confirm|make sure|be sure|recap|repeat|sum up)", "confirming", "in full", "in total",
        r"let me (?:see if|repeat|confirm|read|recap|check)", r"^(?:so,? )?you (?:want|would like|'d like|wanted|need)",
        r"you'd like (?:a|an|to)", r"it (?:is|shall be)\.?$", "coming (?:right )?up",
    ),
    offer=cue(
        r"(?:we|i|they)(?: do| still| also)? (?:have|offer|carry|serve|stock)", r"we've got", r"there (?:is|are)", "there's",
        r"(?:can|could|may) (?:i|we)? ?(?:offer|suggest)", r"how about", "i(?:'d| would)? (?:suggest|recommend)", "instead",
    ),
    not_counted=cue(
        r"(?:minutes?|mins?|seconds?|moments?|hours?|days?|weeks?|months?|years?|o'clock|am|pm|a\.m|p\.m|of|is|are|in|for|"
        r"to|at|on|you|i|we|it|that|the|please|would|will|can|do|thing|question|more|other|time|little|bit|pleasure|"
        r"problem|worries|moment|way|day|lot|few|and|but|or|\w+ options?|options?|results?|places?|kinds?|types?)",
    ),
    sold_out=cue(
        "sold out", r"(?:run|ran) out", r"(?:are|'re|is|am|'m|just) (?:all )?out of", "no more", r"none left", r"(?:is|are) (?:all )?gone",
        r"no(?: \w+){1,3} (?:left|today|at the moment|right now)", "out of stock",
        r"(?:not|n't)(?: \w+)? (?:available|offering)", "unavailable", r"could not be made", r"couldn't book",
    ),
    declined=cue(
        rf"{_OUR} (?:\w+ )?{_NOT} (?:\w+ )?{_TRADE}", r"(?:we|i) have no", r"there(?:'s| is| are) (?:no|nothing|not any)",
        r"there (?:isn't|aren't)", r"^(?:\w+[,!] ){0,2}no (?:\w+ ){1,3}(?:here|at our|,|unfortunately)", "not for sale",
        r"(?:isn't|aren't|is not|are not|not) (?:on|in|part of) (?:our|the) menu", r"neither", r"(?:isn't|aren't|not) something (?:i|we)",
        r"(?:isn't|aren't|is not|are not) (?:an option|possible|allowed)", "wish (?:we|i) (?:did|could|had)",
    ),
    fact=cue(
        r"(?:we|they|i|you|it|he|she)(?: do| also| still| only)? (?:have|has|offer|offers|carry|carries|serve|serves|got)",
        r"there (?:is|are)", r"(?:is|are) (?:made|located|open|available|available|served|trained|free|fully|a|an|the|on|at|in)",
        r"it's (?:a|an|on|at|made)", r"contains?", r"comes? with", r"\d{3,}", r"(?:has|have) been", r"reference number",
        r"(?:address|phone|postcode|price|number|menu)",
    ),
    social=cue(
        "hi", "hello", "hey", "good (?:morning|afternoon|evening|day|night|luck)", "welcome", "thanks?", "thank you", "cheers",
        "goodbye", "bye", "see you", "enjoy", "have a", "take care", "glad", "pleasure", "lovely", "congratulations",
    ),
)
