"""Grammars, and what counts as a definition in each language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


@dataclass(frozen=True, slots=True)
class Syntax:
    """Node types of a language: definitions, those that hold others, and what to look through."""

    definitions: frozenset[str]
    containers: frozenset[str] = frozenset()
    wrappers: frozenset[str] = frozenset()
    transparent: frozenset[str] = frozenset()


def _syntax(definitions: str, containers: str = "", wrappers: str = "", seen: str = "") -> Syntax:
    held = frozenset(containers.split())
    return Syntax(
        frozenset(definitions.split()) | held,
        held,
        frozenset(wrappers.split()),
        frozenset(seen.split()),
    )


_SCRIPT: Final = _syntax(
    "function_declaration generator_function_declaration method_definition interface_declaration"
    " type_alias_declaration enum_declaration function_signature abstract_method_signature",
    "class_declaration abstract_class_declaration class internal_module module",
    "export_statement ambient_declaration expression_statement lexical_declaration"
    " variable_declaration",
)
_PREPROCESSOR: Final = "preproc_ifdef preproc_if preproc_else preproc_elif linkage_specification"
SYNTAX: Final = {
    "python": _syntax("function_definition", "class_definition", "decorated_definition"),
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "go": _syntax("function_declaration method_declaration type_declaration"),
    "java": _syntax(
        "method_declaration constructor_declaration annotation_type_declaration",
        "class_declaration interface_declaration enum_declaration record_declaration",
        seen="enum_body_declarations",
    ),
    "rust": _syntax(
        "function_item struct_item enum_item union_item macro_definition type_item",
        "impl_item trait_item mod_item",
    ),
    "c": _syntax(
        "function_definition struct_specifier union_specifier enum_specifier type_definition",
        seen=_PREPROCESSOR,
    ),
    "cpp": _syntax(
        "function_definition union_specifier enum_specifier type_definition alias_declaration",
        "class_specifier struct_specifier namespace_definition",
        "template_declaration",
        _PREPROCESSOR,
    ),
    "bash": _syntax("function_definition"),
    "sql": _syntax(
        "create_table create_view create_materialized_view create_function create_index"
        " create_trigger create_type create_procedure create_schema create_sequence",
        wrappers="statement",
    ),
}
COMMENTS: Final = frozenset(
    ["comment", "line_comment", "block_comment", "attribute_item", "marginalia", "decorator"]
)
BODIES: Final = frozenset(
    ["block", "class_body", "declaration_list", "field_declaration_list", "statement_block",
     "interface_body", "enum_body", "enum_body_declarations"]
)  # fmt: skip
NAMES: Final = frozenset(
    ["identifier", "field_identifier", "type_identifier", "qualified_identifier", "word",
     "destructor_name", "operator_name", "object_reference", "property_identifier"]
)  # fmt: skip


def parser_for(language: str) -> Parser:
    """Return a parser with the language's grammar, imported only now."""
    from tree_sitter import Language, Parser

    return Parser(Language(_grammar(language)))


def _grammar(language: str) -> object:
    """Return the grammar's handle from its own wheel."""
    import tree_sitter_bash
    import tree_sitter_c
    import tree_sitter_cpp
    import tree_sitter_go
    import tree_sitter_java
    import tree_sitter_javascript
    import tree_sitter_python
    import tree_sitter_rust
    import tree_sitter_sql
    import tree_sitter_typescript

    grammars = {
        "bash": tree_sitter_bash.language,
        "c": tree_sitter_c.language,
        "cpp": tree_sitter_cpp.language,
        "go": tree_sitter_go.language,
        "java": tree_sitter_java.language,
        "javascript": tree_sitter_javascript.language,
        "python": tree_sitter_python.language,
        "rust": tree_sitter_rust.language,
        "sql": tree_sitter_sql.language,
        "tsx": tree_sitter_typescript.language_tsx,
        "typescript": tree_sitter_typescript.language_typescript,
    }
    return grammars[language]()


def definition_in(node: Node, syntax: Syntax) -> Node | None:
    """Return the definition a node is, or wraps; None when it is something else."""
    if node.type in syntax.definitions and node.is_named:
        return node
    if node.type not in syntax.wrappers:
        return None
    for child in node.named_children:
        if child.type == "variable_declarator":
            value = child.child_by_field_name("value")
            if value and value.type in {"arrow_function", "function_expression", "class"}:
                return child
        found = definition_in(child, syntax)
        if found:
            return found
    return None


def name_of(node: Node) -> str:
    """Return the name of a definition, empty when it has none."""
    named = node.child_by_field_name("name") or node.child_by_field_name("type")
    if node.type == "type_declaration" and node.named_children:
        named = node.named_children[0].child_by_field_name("name")
    declarator = node.child_by_field_name("declarator")
    if declarator:
        named = _innermost(declarator)
    named = named or next((child for child in node.named_children if child.type in NAMES), None)
    name = _text(named) if named else ""
    receiver = node.child_by_field_name("receiver")
    if receiver:
        owner = _text(receiver).strip("()").split()[-1:] or [""]
        return f"{owner[0].lstrip('*').partition('[')[0]}.{name}"
    return name.replace("::", ".").partition("<")[0]


def _innermost(declarator: Node) -> Node:
    while declarator.type not in NAMES:
        inner = declarator.child_by_field_name("declarator") or next(
            (child for child in declarator.named_children if child.type in NAMES), None
        )
        if inner is None:
            break
        declarator = inner
    return declarator


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace").partition("\n")[0].strip()[:120]


def members(node: Node, syntax: Syntax) -> list[Node]:
    """Return the members of a file or body, looking through preprocessor blocks and the like."""
    found: list[Node] = []
    waiting = list(reversed(node.children))
    while waiting:
        child = waiting.pop()
        if child.type in syntax.transparent or (
            child.type == "declaration_list" and node.type != "impl_item"
        ):
            waiting += reversed(child.children)
        else:
            found.append(child)
    return found


def body_of(node: Node) -> Node | None:
    """Return the part of a class or namespace that holds its members."""
    body = node.child_by_field_name("body")
    return body or next((child for child in node.named_children if child.type in BODIES), None)
