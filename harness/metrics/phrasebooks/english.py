"""English cue phrases."""

from __future__ import annotations

from harness.metrics.phrasebooks.phrasebook import Phrasebook, cue

_AUXILIARY = r"(?:do|does|did|is|are|was|were|am|can|could|will|would|shall|should|may|might|have|has|had)(?:n't)?"
_WE = r"(?:we|i|they|the (?:shop|bar|kitchen))"
_DO_NOT = r"(?:do not|don't|does not|doesn't)"
_CAN_NOT = r"(?:can not|cannot|can't|could not|couldn't|will not|won't|am not able to|are not able to|are unable to)"
_ALL = r"(?:that|this|it|there|the|everything|all|your order)"
_TRADE = (
    r"(?:serve|sell|do|make|offer|deliver|carry|stock|bake|take|accept|book|provide|handle|send|help|part|cater|ship|"
    r"brew|cook|repair|fix)"
)
_CLOSE = (
    r"(?:book|reserve|order|place|ring|close|send|submit|finali[sz]e|lock|confirm|start|begin|pack|prepare|proceed|"
    r"go ahead|charge|purchase|buy|rent|schedule|keep|make (?:the|a|that|this|it|you a) (?:reservation|booking|appointment))"
)

ENGLISH = Phrasebook(
    question_word=cue(r"what", r"what's", r"what'll", r"which", r"who", r"whose", r"when", r"where", r"why", r"how"),
    choice=cue(r"or"),
    yes_no_opening=cue(_AUXILIARY, r"any", r"anything", r"anyone", r"perhaps", r"maybe"),
    wish=cue(
        r"want", r"like", r"prefer", r"need", r"take", r"care for", r"fancy", r"rather", r"feel like", r"preferences?"
    ),
    about_something=cue(r"for", r"in", r"with", r"on", r"to go", r"at"),
    is_it_right=cue(
        r"right",
        r"correct",
        r"correctly",
        r"accurate",
        r"complete",
        r"all set",
        r"all good",
        r"in order",
        r"as you wish",
        r"(?:yes|yeah|ok|okay|good|deal|agreed|all right|alright)(?: \w+){0,2}\?$",
        rf"(?:is|was|will) {_ALL}(?: be)?(?: \w+)? (?:all|everything|it|the lot|final|the whole \w+)",
        rf"(?:is|does|will) {_ALL}(?: be)? (?:look|looks|sound|sounds|cover|all|it|everything)",
        r"(?:have|did) (?:i|we) (?:got|get|miss|missed|forget|forgotten|count|counted|understand|understood)",
        r"(?:is|are) (?:this|that|these|those) what you (?:want|wanted|ordered|meant)",
    ),
    go_ahead=cue(
        rf"(?:shall|should|may|can|could) (?:i|we)(?: now| go ahead and)? {_CLOSE}",
        rf"(?:like|want) (?:me|us) to {_CLOSE}",
        r"(?:like|want) to (?:book|reserve|purchase|buy|rent|schedule|proceed)",
        r"would you like (?:a|the|that) (?:reservation|booking)",
        r"ready to (?:go|pay|check out)",
    ),
    review=cue(
        r"(?:check|double check|double-check|review|verify|confirm|look at|look over)(?: \w+){0,4}"
        r" (?:screen|display|monitor|order|details|correct|right|accurate|following|list)",
        r"please (?:check|confirm|verify|review)",
        r"confirm (?:that|this|it)",
        r"make sure(?: \w+){0,6} (?:right|correct|ok|okay|accurate)",
    ),
    more=cue(
        r"anything(?: else| more| further| other)?",
        r"what else",
        r"anyone still",
        r"(?:something|anything) to \w+(?: or \w+)?",
        r"something (?:else|more|sweet|with|for|as well)",
        r"(?:some|any|a little|a bit of)(?: \w+)? (?:food|drink|drinks|snack|snacks|extras|sides)",
        r"a (?:drink|snack)",
        r"(?:food|drinks?|snacks?|cake) (?:too|as well|from)",
    ),
    service=cue(
        r"(?:what|how) (?:can|may|could|shall|should) (?:i|we) (?:get|help|do|make|bring|offer|prepare|serve|start|pour|fix)",
        r"what(?: will| would|'ll) you (?:have|like|drink)(?: to (?:have|order|drink|eat))?(?: today| this morning)?\?$",
        r"(?:can|may|could|shall) (?:i|we) (?:get|make|bring|offer|tempt|warm|fix|help|interest) you",
        r"would you (?:care for|fancy)",
        r"would you like (?:a (?:coffee|drink|tea)|to order)",
    ),
    proposal=cue(
        r"how about",
        r"what about",
        r"do you like [\w' ]{1,40} (?:in|at)",
        r"(?:would|does|will) (?:that|this|it) (?:work|do|suit)",
    ),
    what_instead=cue(
        r"(?:what|which|something|somewhere)\b.{0,60}\b(?:else|instead)",
        r"(?:do|did) you(?: \w+){0,2} mean",
        r"which one",
    ),
    recap=cue(
        r"^(?:\w+[,!.]? ){0,3}so(?: then)?,? (?:that|that's|that is|it's|it is|you|i|we|one|a|an)",
        r"(?:that|this) (?:makes|leaves) (?:a|an|one)",
        r"(?:just )?to (?:confirm|make sure|be sure|recap|repeat|sum up)",
        r"confirming",
        r"in full",
        r"in total",
        r"let me (?:see if|repeat|confirm|read|recap|check)",
        r"^(?:\w+[,.!] )?you (?:want|would like|'d like|wanted|need)",
        r"it (?:is|shall be)\.?$",
    ),
    offer=cue(
        r"(?:we|i|they)(?: do| still| also)? (?:have|offer|carry|serve|stock)",
        r"we've got",
        r"there (?:is|are)",
        r"there's",
        r"(?:can|could|may) (?:i|we)? ?(?:offer|suggest)",
        r"how about",
        r"i(?:'d| would)? (?:suggest|recommend)",
        r"instead",
    ),
    not_counted=cue(
        r"minutes?|mins?|seconds?|moments?|hours?|days?|weeks?|months?|years?|o'clock|am|pm|a\.m|p\.m|time|way|lot|few|bit",
        r"of|is|are|in|for|to|at|on|and|but|or|with|was|has|by|you|i|we|it|that|the|will|would|can|do|please",
        r"thing|question|more|other|little|problem|worries|options?|results?|places?|kinds?|types?|stars?",
        r"ounces?|oz|percent|dollars?|bucks?|cents?|euros?|pounds?|people|persons?|guests?",
    ),
    measure=None,
    not_counting=cue(r"in|on|at|by|within|for|which|that|this|the|each|every|you|no|all"),
    sold_out=cue(
        r"sold out",
        r"(?:run|ran) out",
        r"(?:are|'re|is|am|'m|just) (?:all )?out of",
        r"no more",
        r"none left",
        r"(?:is|are) (?:all )?gone",
        r"no(?: \w+){1,3} (?:left|today|at the moment|right now)",
        r"out of stock",
        r"(?:not|n't)(?: \w+)? (?:available|offering)",
        r"unavailable",
        r"no longer",
    ),
    declined=cue(
        rf"{_WE} (?:\w+ )?{_CAN_NOT} (?:\w+ )?{_TRADE}",
        rf"{_WE} (?:\w+ )?{_DO_NOT} (?:\w+ )?(?:{_TRADE}|have|know|see)",
        r"(?:has|have|serves?|sells?|carry|carries) no",
        r"there(?:'s| is| are) (?:no|nothing|not any)",
        r"there (?:isn't|aren't)",
        r"^(?:\w+[,!] ){0,2}no (?!problem|worr|need|rush|harm|trouble|more|hurry|doubt|wonder|time|one|matter)"
        r"\w+(?: \w+){0,2}(?=[.,;]| here| at | in | on )",
        r"not for sale",
        r"(?:we|i) only (?:do|serve|sell|take|make|have)",
        r"beyond (?:me|us)",
        r"outside (?:what|our|my)",
        r"(?:isn't|aren't|is not|are not|not) (?:on|in|part of) (?:our|the) menu",
        r"neither",
        r"(?:isn't|aren't|not) something (?:i|we)",
        r"(?:isn't|aren't|is not|are not) (?:an option|possible|allowed)",
        r"wish (?:we|i) (?:did|could|had)",
    ),
    lacking=cue(r"(?:could not|couldn't|can't|cannot) (?:be|book|find|make|get)", r"nothing (?:here|there)"),
    regret=cue(r"unfortunately", r"i'm afraid", r"i am afraid", r"sadly"),
    fact=cue(
        r"(?:we|they|it)(?: do| also| still| only)? (?:have|has|offer|offers|carry|carries|serve|serves|got)",
        r"there (?:is|are)",
        r"(?:is|are) (?:made|located|open|available|served|trained|fully|an?|the)",
        r"it's (?:a|an|on|at|made)",
        r"contains?",
        r"comes? with",
        r"\d{3,}",
        r"(?:has|have) been",
        r"reference number",
        r"try (?:an?|our|the)",
        r"recommend",
        r"address",
        r"phone",
        r"postcode",
        r"price",
        r"number",
        r"menu",
    ),
    social=cue(
        r"hi",
        r"hello",
        r"hey",
        r"good (?:morning|afternoon|evening|day|night|luck)",
        r"welcome",
        r"thanks?",
        r"thank you",
        r"cheers",
        r"goodbye",
        r"bye",
        r"see you",
        r"enjoy",
        r"have a",
        r"take care",
        r"glad",
        r"pleasure",
        r"lovely",
        r"congratulations",
    ),
)
