"""`deployed_mapping`: the mapping that a template deploys, in whichever language the template is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._checks import check_text, misfit
from ..._exceptions import InvalidOption
from .cloudformation import stack_of_cloudformation
from .deployed import Finder
from .serverless import stack_of_serverless
from .template_file import read_template
from .terraform import is_terraform, stack_of_terraform

if TYPE_CHECKING:
    from os import PathLike

    from .deployed import Deployed
    from .stack import Stack


def deployed_mapping(path: str | PathLike[str], function: str, event: str | None, parameters: Any) -> Deployed:
    """Return the mapping that a template deploys.

    Args:
        path: the template: YAML, or JSON.
        function: the function's logical id or name in the template.
        event: the name of the mapping in the template; None: the only one of the function.
        parameters: values of the template's parameters, and of others that it does not say.

    Raises:
        InvalidOption: the file is no template, or has no such mapping, or does not say all of its settings.
    """
    check_text("function", function)
    if not isinstance(parameters, Mapping):
        raise misfit("parameters", parameters, "values by name, {'Stage': 'live'}")
    document = read_template(path)
    try:
        return Finder(_stack_of(Path(path), document, parameters), parameters).find(function, event)
    except RecursionError:
        raise InvalidOption(f"{path} cannot be read: its parts refer to each other too often") from None


def _stack_of(path: Path, document: Mapping[str, Any], parameters: Mapping[str, Any]) -> Stack:
    if "Resources" in document:
        return stack_of_cloudformation(document, parameters)
    if is_terraform(document):
        return stack_of_terraform(document)
    if "functions" in document or "service" in document:
        return stack_of_serverless(document, path.parent, parameters)
    raise InvalidOption(
        f"{path} is no template: it has no Resources (SAM, CloudFormation, CDK), no functions (serverless.yml) and no "
        "planned_values (Terraform). Give what is deployed: for Terraform, the output of terraform show -json <plan>"
    )
