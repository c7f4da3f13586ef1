"""The persona section in English."""

from __future__ import annotations

from typing import Final

from reports.pages.wording.persona_words import PersonaWords

ENGLISH_PERSONA: Final = PersonaWords(
    title="Persona",
    hint=(
        "Do the candidates that imitate a person come nearer to that person than the generic model, on what, "
        "and at what price? "
        "Every figure is on the person's own contexts, with its 95 % interval, whole dialogues as the unit. "
        "▲ nearer or better, "
        "▼ the opposite; no mark: could be chance."
    ),
    nobody="nobody's",
    real="{person}, really",
    measures={
        "log_probability": "How likely the person's replies are, nats a token",
        "likeness": "Likeness of character n-grams, 0 to 1",
        "lead": "Likeness less that to the likest other person",
        "attributed": "Share taken for the person's",
        "style_gap": "Nearness of style, standard deviations",
        "words": "Words a reply",
        "sentence_words": "Words a sentence",
        "punctuation": "Punctuation, share of the signs",
        "exclamations": "Exclamations, share of the sentences",
        "questions": "Questions, share of the sentences",
        "capitals": "Sentences that begin with a capital",
        "emoji": "Emoji and emoticons a reply",
        "function_words": "Function words, share of the words",
        "casual_words": "Casual words, share of the words",
        "contractions": "Contractions, share of what could be contracted",
        "polite_you": "вы, share of ты and вы with their verbs",
        "richness": "Different words in 50",
    },
    in_short=(
        "{candidate}, who imitates {person}, comes nearer than {generic} on {nearer} of {measures} "
        "measures{beyond}; {price}."
    ),
    no_lift="{candidate}, who imitates {person}, could be measured on none of {person}'s contexts.",
    beyond=", and beyond {control} on {beyond}",
    not_beyond=", but beyond {control} on none",
    no_price="what a reply should do was not measured on these contexts",
    price="of {measures} measures of what a reply should do, {worse} got worse and {better} better",
    price_outside="; outside, on {suite}, {worse} of {measures} got worse and {better} better",
    notes={
        "few_held_out": (
            "{person} has {count} held-out replies: large differences will show, small ones will not; the intervals say which, "
            "and the shares of single style measures should not be leant on. Twenty or more are advised."
        ),
        "no_held_out": (
            "{person} has no held-out reply in this run: nearness cannot be measured. Mark held-out dialogues "
            "with the persona, "
            "or split the suite again."
        ),
        "few_training": (
            "{person} has {count} training replies, fewer than the ten from which a style is learned: attribution and likeness "
            "leave {person} out."
        ),
        "one_dialogue": (
            "All of {person}'s replies of one half come from one dialogue: how they would vary in another cannot be told, so "
            "there are figures but no intervals."
        ),
        "one_person": (
            "The training half has replies of fewer than two persons: whose a reply is cannot be told apart, and "
            "only likeness is "
            "shown. Dialogues without a persona would do as the other."
        ),
        "nothing_scored": "No real reply could be scored, so there is no perplexity matrix ({detail}).",
        "unscored": "{candidate} could not be scored on {count} real replies and these are left out for all ({detail}).",
        "other_tokens": (
            "{candidate} takes {count} real replies apart into other tokens than {generic}: it is left out of "
            "the perplexity matrix "
            "where these are all, and these replies are left out for all where they are some."
        ),
        "stranger_to_training": (
            "{candidate} finds {count} of {person}'s training replies no likelier than {generic} does: it was "
            "perhaps trained with "
            "another chat template or system prompt than it is asked with here, or on other replies."
        ),
        "foreign_template": (
            "{candidate} was trained with another chat template than it is asked with here: {count} of {person}'s training "
            "replies have a perplexity of {with_runs} with the run's and of {with_own} with the one that lies beside the "
            "adapter; leave `chat_template` out of `engine.options`, or train the adapter with that template."
        ),
    },
    persons_title="Replies",
    persons_hint="How much the persons really said. Nobody's are dialogues that are no persona's.",
    persons_heads=("Person", "Training replies", "in dialogues", "Held-out replies", "in dialogues"),
    beside_title="Lift and price",
    imitates="{candidate}, who imitates {person}",
    lift_title="Lift",
    lift_hint=(
        "Lift: by how much the candidate is nearer to the person than {generic} on the same contexts. Beyond "
        "the card: less the "
        "lift of the generic model that has the person's card in its prompt; where nothing is left, a prompt does as well as "
        "the fine-tune. Beyond another's card: less the lift of the same fine-tune with another person's "
        "card; where nothing is "
        "left, the card makes no difference."
    ),
    lift_heads=("Measure", "Lift", "Beyond the card", "Beyond another's card"),
    price_title="Price",
    price_hint=(
        "Price: what a reply should do, whoever writes it: the candidate less {generic} on the person's contexts, and outside."
    ),
    price_heads=("Measure", "On the person's contexts", "Outside: {suite}"),
    outside_missing="not run",
    matrix_title="Perplexity",
    matrix_hint=(
        "Per token of what each person really said in the held-out half, on the same tokens for all "
        "candidates; the reply alone "
        "counts. Low is likely, and the darker, the likelier in its column. ▲ likelier than with {generic}, "
        "▼ less likely; ★ the "
        "lowest of the column."
    ),
    matrix_corner="Candidate ↓ replies of →",
    gain_title="Personalisation gain",
    gain_hint=(
        "Nats a token by which an adapter finds replies likelier than {generic}: 0.1 is about 10 % less "
        "perplexity. Personal is "
        "what it gains on its own person beyond the others; the rest is the domain's."
    ),
    gain_heads=("Candidate", "Person", "Own person", "Other persons", "Personal", "Against the best of the others"),
    authorship_title="Whose replies are they taken for?",
    authorship_hint=(
        "A classifier of character n-grams that was trained on the persons' training replies. What it says "
        "of the real replies is "
        "the ceiling that an imitation can reach."
    ),
    accuracy=(
        "Of the real held-out replies it tells {accuracy} right (chance: {chance}); its probabilities are "
        "off by {calibration} on "
        "average."
    ),
    authorship_heads=("Replies of", "To contexts of", "Taken for the person's", "Likeness", "Lead over others"),
    taken_title="Which is the person?",
    taken_hint=(
        "Judge models were shown the candidate's reply and the person's own to the same context, in both orders and without "
        "names. Share of pairs in which the candidate's was taken for the person's: 0.5 where the two cannot be told apart. An "
        "answer that turns with the order counts half."
    ),
    taken_heads=("Judge", "Replies of", "To contexts of", "Pairs", "Taken for the person's", "Less {generic}"),
    style_title="Style: {person}",
    style_hint=(
        "Means; ≈ stands by those nearest to the training replies. The gap is the mean distance from them over all rows, in "
        "standard deviations between replies; what the person's own held-out replies have is as near as one can come."
    ),
    style_person="really, held out",
    style_training="really, training",
    style_gap="Gap, mean of all",
    style_nearer="Nearer than {generic} by",
)
