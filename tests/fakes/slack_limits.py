"""What Slack refuses in messages and views, as its documentation and others' measurements say."""

from __future__ import annotations

from typing import Any, Final

from tests.fakes.slack_world import Row, SlackError

MARKDOWN: Final = 12_000
WHOLE_MESSAGE: Final = 13_200
TEXT: Final = 40_000
UPDATE_TEXT: Final = 4_000
SECTION: Final = 3_000

EVERYWHERE: Final = frozenset(
    {"section", "divider", "image", "actions", "context", "header", "markdown", "rich_text"}
)
MESSAGE_BLOCKS: Final = EVERYWHERE | {"context_actions"}
VIEW_BLOCKS: Final = EVERYWHERE | {"input"}
ELEMENTS: Final = {
    "actions": {"button", "static_select", "overflow", "radio_buttons", "checkboxes"},
    "context_actions": {"feedback_buttons", "icon_button"},
    "input": {"plain_text_input", "static_select", "radio_buttons", "checkboxes"},
    "section": {"button", "static_select", "overflow"},
}


def bad(why: str) -> SlackError:
    return SlackError("invalid_blocks", response_metadata={"messages": [f"[ERROR] {why}"]})


def check_text_object(value: Any, *, most: int, kinds: tuple[str, ...]) -> None:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        raise bad(f"text object must be one of {kinds}")
    text = value.get("text")
    if not isinstance(text, str) or not text:
        raise bad("must be more than 0 characters")
    if len(text) > most:
        raise bad(f"must be less than {most + 1} characters")


def check_element(element: Any, allowed: set[str]) -> None:
    if not isinstance(element, dict) or element.get("type") not in allowed:
        raise bad(f"unsupported element {element!r:.80}")
    action = element.get("action_id", "")
    if not isinstance(action, str) or len(action) > 255 or not action:
        raise bad("action_id must be 1-255 characters")
    checks = {
        "button": check_button,
        "feedback_buttons": check_feedback,
        "plain_text_input": check_input,
    }
    checks.get(element["type"], check_options)(element)


def check_button(element: Row) -> None:
    check_text_object(element.get("text"), most=75, kinds=("plain_text",))
    if len(element.get("value", "")) > 2000:
        raise bad("value must be less than 2001 characters")
    if element.get("style", "primary") not in {"primary", "danger"}:
        raise bad("style must be primary or danger")


def check_feedback(element: Row) -> None:
    for side in ("positive_button", "negative_button"):
        button = element.get(side, {})
        check_text_object(button.get("text"), most=75, kinds=("plain_text",))
        if not button.get("value") or len(button["value"]) > 2000:
            raise bad("feedback value must be 1-2000 characters")


def check_input(element: Row) -> None:
    if len(element.get("initial_value", "")) > 3000:
        raise bad("initial_value must be less than 3001 characters")


def check_options(element: Row) -> None:
    options = element.get("options")
    if not options or len(options) > 100:
        raise bad("options must be 1-100")
    for option in options:
        check_text_object(option.get("text"), most=75, kinds=("plain_text", "mrkdwn"))
        if not option.get("value") or len(option["value"]) > 150:
            raise bad("option value must be 1-150 characters")
    initial = element.get("initial_option")
    if initial is not None and initial not in options:
        raise bad("initial_option must be one of the options")


def check_block(block: Any, kinds: frozenset[str]) -> int:
    """Check one block and return how many characters it carries."""
    if not isinstance(block, dict) or block.get("type") not in kinds:
        raise bad(f"unsupported type {block!r:.80}")
    if len(block.get("block_id", "")) > 255:
        raise bad("block_id must be less than 256 characters")
    checks = {
        "markdown": check_markdown,
        "section": check_section,
        "header": check_header,
        "context": check_context,
        "actions": check_actions,
        "context_actions": check_actions,
        "input": check_input_block,
    }
    check = checks.get(block["type"])
    return check(block) if check else 0


def check_markdown(block: Row) -> int:
    text = block.get("text")
    if not isinstance(text, str) or not text:
        raise bad("markdown text must be a non-empty string")
    if len(text) > MARKDOWN:
        raise SlackError("msg_too_long")
    return len(text)


def check_section(block: Row) -> int:
    if "text" not in block and "fields" not in block:
        raise bad("section needs text or fields")
    if "text" in block:
        check_text_object(block["text"], most=SECTION, kinds=("plain_text", "mrkdwn"))
    if "accessory" in block:
        check_element(block["accessory"], ELEMENTS["section"])
    return len(block.get("text", {}).get("text", ""))


def check_header(block: Row) -> int:
    check_text_object(block.get("text"), most=150, kinds=("plain_text",))
    return len(block["text"]["text"])


def check_context(block: Row) -> int:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 10:
        raise bad("context takes 1-10 elements")
    for element in elements:
        check_text_object(element, most=SECTION, kinds=("plain_text", "mrkdwn"))
    return sum(len(element["text"]) for element in elements)


def check_actions(block: Row) -> int:
    most = 25 if block["type"] == "actions" else 5
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= most:
        raise bad(f"{block['type']} takes 1-{most} elements")
    ids = [element.get("action_id") for element in elements]
    if len(set(ids)) != len(ids):
        raise bad("action_id must be unique in a block")
    for element in elements:
        check_element(element, ELEMENTS[block["type"]])
    return 0


def check_input_block(block: Row) -> int:
    check_text_object(block.get("label"), most=2000, kinds=("plain_text",))
    check_element(block.get("element"), ELEMENTS["input"])
    return 0


def check_blocks(blocks: Any, *, view: bool = False) -> None:
    """Refuse what Slack refuses."""
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if len(blocks) > (100 if view else 50):
        raise bad("no more than 50 items allowed")
    total = sum(check_block(block, VIEW_BLOCKS if view else MESSAGE_BLOCKS) for block in blocks)
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(set(ids)) != len(ids):
        raise bad("block_id already exists")
    if not view and total > WHOLE_MESSAGE:
        raise SlackError("msg_blocks_too_long")


def check_view(view: Any, kind: str) -> None:
    """Refuse views Slack refuses."""
    if not isinstance(view, dict) or view.get("type") != kind:
        raise SlackError("invalid_arguments")
    if kind == "modal":
        for key in ("title", "submit", "close"):
            if key in view:
                check_text_object(view[key], most=24, kinds=("plain_text",))
        if "title" not in view:
            raise SlackError("invalid_arguments")
        has_input = any(block.get("type") == "input" for block in view.get("blocks", []))
        if has_input and "submit" not in view:
            raise bad("a view with inputs needs submit")
    if len(view.get("private_metadata", "")) > 3000:
        raise SlackError("invalid_arguments")
    try:
        check_blocks(view.get("blocks"), view=True)
    except SlackError as error:
        raise SlackError("invalid_arguments", **error.extra) from error


def check_message(args: Row, *, update: bool = False) -> None:
    """Refuse messages Slack refuses."""
    text, blocks, markdown = args.get("text"), args.get("blocks"), args.get("markdown_text")
    if markdown is not None and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if not text and not blocks and not markdown:
        raise SlackError("no_text")
    if len(text or "") > (UPDATE_TEXT if update else TEXT) or len(markdown or "") > MARKDOWN:
        raise SlackError("msg_too_long")
    if blocks is not None:
        check_blocks(blocks)
    metadata = args.get("metadata")
    if metadata is not None and not (
        isinstance(metadata, dict) and metadata.get("event_type") and "event_payload" in metadata
    ):
        raise SlackError("invalid_metadata_format")
