"""Words by what they do in a sentence: function words, and words of casual speech. Written for Rejoinder."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH_FUNCTION_WORDS: Final = _words(
    """
    a an the this that these those each every either neither some any no all both half several enough such what which whose
    i me my mine myself you your yours yourself yourselves he him his himself she her hers herself it its itself we us our
    ours ourselves they them their theirs themselves who whom one ones somebody someone something anybody anyone anything
    nobody none nothing everybody everyone everything
    about above across after against along among around as at before behind below beneath beside besides between beyond but
    by despite down during except for from in inside into like near of off on onto opposite out outside over past per round
    since than through throughout till to toward towards under underneath until up upon via with within without
    and or nor so yet because although though if unless whereas while when whenever where wherever whether how why
    am is are was were be been being do does did doing done have has had having will would shall should can could may might
    must ought not n't never ever also too very quite rather just only even still already there here then now again
    i'm you're he's she's it's we're they're i've you've we've they've i'd you'd he'd she'd we'd they'd i'll you'll he'll
    she'll it'll we'll they'll isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't won't wouldn't shan't
    shouldn't can't cannot couldn't mightn't mustn't that's there's here's what's who's where's how's let's
    """
)
"""The closed classes of English: determiners, pronouns, prepositions, conjunctions, auxiliaries and a few adverbs."""

ENGLISH_CASUAL_WORDS: Final = _words(
    """
    hey hi hiya yo yeah yep yup yea ya nope nah ok okay okey kay cool awesome great nice sweet wow whoa oh ah uh um hmm huh haha
    hahaha lol lmao omg btw idk imo tbh thx thanks cheers pls plz gonna wanna gotta kinda sorta dunno lemme gimme ain't y'all
    guy guys dude bro buddy mate man pal folks kid kids stuff bunch bit lots yum yummy tasty damn darn heck crap shit fuck
    fucking bloody hell sure totally basically literally super pretty
    """
)

RUSSIAN_CASUAL_WORDS: Final = _words(
    """
    привет приветик здорово здарова хай йо ага угу неа не-а ок окей оке ладно ладненько лады давай ну вот блин черт капец
    жесть круто клево класс классно супер прикольно отлично ого ух эх ой ай ха хах хаха ахах ахаха хм кхм лол имхо спс пжл
    пож спасибки пасиб пасибо пока чмоки чо че чего-то ваще вообще короче типа прям прямо щас ща сейчас-сейчас норм нормально
    фиг фигня хрен чувак братан брат бро дружище старик парень ребята пацаны народ мужик тусовка деньжата
    """
)
"""Without ё, as words are normalised."""
