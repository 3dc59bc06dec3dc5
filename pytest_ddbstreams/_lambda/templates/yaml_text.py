"""YAML text as data, with the short forms of CloudFormation's intrinsic functions. Needs PyYAML."""

from __future__ import annotations

from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """A loader whose keys are texts, as in JSON, and whose dates stay texts."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own attribute
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[str, Any]:  # type: ignore[override] # noqa: FBT001, FBT002 - PyYAML's signature
        if not isinstance(node, yaml.MappingNode):
            raise yaml.MarkedYAMLError(problem="expected an object", problem_mark=node.start_mark)
        self.flatten_mapping(node)
        return {self._key(key): self.construct_object(value, deep=deep) for key, value in node.value}

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a key is a text, not a list or an object", problem_mark=node.start_mark)
        return str(node.value)


def _intrinsic(loader: _Loader, tag: str, node: yaml.Node) -> Any:
    """Return the long form of an intrinsic function, such as ``{"Ref": "Table"}`` for ``!Ref Table``."""
    value = _content(loader, node)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


def _content(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _intrinsic)


def decode_yaml(text: str) -> Any:
    """Return the data of a YAML text.

    Raises:
        ValueError: the text is not YAML, or holds a value that its tag does not fit.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except Exception as error:  # `!!int ""` raises what int() raises, and other tags other errors
        raise ValueError(str(error)) from error
