"""Special tokens that chat templates mark their structure with, by family of models.

`judges.prompting.untrusted` breaks all of these and whatever else looks like them; here they stand by name, so that it can be
tested, and so that `judges.attack.detection` knows them when it sees them.
"""

from __future__ import annotations

from typing import Final

SPECIAL_TOKENS: Final[dict[str, tuple[str, ...]]] = {
    "ChatML, Qwen, SmolLM": (
        *("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<think>", "</think>", "<tool_call>", "</tool_call>"),
        *(
            "<|object_ref_start|>",
            "<|box_start|>",
            "<|vision_start|>",
            "<|fim_prefix|>",
            "<repo_name>",
            "<jupyter_start>",
        ),
    ),
    "Llama 2": ("<s>", "</s>", "<unk>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"),
    "Llama 3 and 4": (
        *(
            "<|begin_of_text|>",
            "<|end_of_text|>",
            "<|start_header_id|>",
            "<|end_header_id|>",
            "<|eot_id|>",
            "<|eom_id|>",
        ),
        *("<|python_tag|>", "<|header_start|>", "<|header_end|>", "<|eot|>", "<|reserved_special_token_0|>"),
    ),
    "Mistral": (
        *("[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]"),
        *("[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CONTENT]", "[ARGS]", "[CALL_ID]", "[THINK]"),
        *("[/THINK]", "[IMG]", "[IMG_BREAK]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[control_8]"),
    ),
    "Gemma": (
        *("<bos>", "<eos>", "<pad>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<unused0>", "[@BOS@]"),
        *("[multimodal]", "<|turn>", "<turn|>", "<|channel>", "<channel|>"),
    ),
    "Phi": ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|im_sep|>", "<|placeholder1|>", "<|tool|>"),
    "DeepSeek": (
        *("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<｜▁pad▁｜>"),
        *("<｜tool▁calls▁begin｜>", "<｜tool▁sep｜>", "<|EOT|>"),
    ),
    "GLM": ("[gMASK]", "[sMASK]", "[MASK]", "<sop>", "<eop>", "<|observation|>"),
    "GPT-OSS": (
        "<|start|>",
        "<|message|>",
        "<|channel|>",
        "<|return|>",
        "<|call|>",
        "<|constrain|>",
        "<|startoftext|>",
    ),
    "Cohere": (
        "<|START_OF_TURN_TOKEN|>",
        "<|END_OF_TURN_TOKEN|>",
        "<|USER_TOKEN|>",
        "<|CHATBOT_TOKEN|>",
        "<BOS_TOKEN>",
    ),
    "Granite": ("<|start_of_role|>", "<|end_of_role|>", "<|tool_call|>"),
    "Kimi": ("<|im_user|>", "<|im_assistant|>", "<|im_middle|>", "[BOS]", "[EOS]", "[EOT]", "[start_header_id]"),
    "EXAONE": ("[|system|]", "[|user|]", "[|assistant|]", "[|endofturn|]", "[BOS]"),
    "GigaChat": ("<|role_sep|>", "<|message_sep|>", "<|function_call|>"),
    "YandexGPT": ("[SEP]", "[NL]", "<s>", "</s>"),
    "Falcon": (">>TITLE<<", ">>ABSTRACT<<", ">>INTRODUCTION<<", ">>QUESTION<<", ">>ANSWER<<"),
    "BERT": ("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"),
    "MiniMax": ("]~!b[", "]~b]", "[e~[", "<beginning_of_sentence>", "<end_of_sentence>"),
    "GPT-NeoX, OLMo": ("|||EMAIL_ADDRESS|||", "|||PHONE_NUMBER|||", "|||IP_ADDRESS|||", "<|padding|>"),
}

WITHOUT_BRACKETS: Final = (*("]~!b[", "]~b]", "[e~[", "|||EMAIL_ADDRESS|||", "|||PHONE_NUMBER|||", "|||IP_ADDRESS|||"),)
"""Those of them that neither angle brackets nor a pair of square brackets give away."""
