from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from template_files import mapping_of

from pytest_ddbstreams import InvalidOption

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = """
service: shop
provider: {{stage: "${{opt:stage, 'dev'}}", region: eu-west-1}}
custom:
  size: 20
  text: "20"
  sizes: {{dev: 20, live: 50}}
  list: [10, 20]
  hole:
  indirect: ${{self:custom.more}}
  more: {{size: 20}}
  circle: ${{self:custom.circle}}
  file: ${{file(sizes.yml)}}
  regions: {{eu-west-1: 20}}
  yes: true
  "true": 20
params:
  default: {{size: 20, other: 5}}
  live: {{size: 50}}
stages:
  default: {{params: {{new: 20}}}}
functions:
  orders:
    events:
      - stream: {{type: dynamodb, arn: !GetAtt Orders.StreamArn, batchSize: "{size}"}}
"""


def size(folder: Path, variable: str, **parameters: Any) -> int:
    """Return the batchSize that a text gives."""
    (folder / "sizes.yml").write_text("small: 20\nlarge: ${self:custom.size}", "utf-8")
    (folder / "sizes.json").write_text('{"small": [5, 20]}', "utf-8")
    text = SERVICE.format(size=variable.replace('"', '\\"'))
    return mapping_of(folder, text, "orders", name="serverless.yml", parameters=parameters).batch_size


@pytest.mark.parametrize(
    "variable",
    [
        "${self:custom.size}",
        "${self:custom.text}",
        "2${self:custom.zero, 0}",
        "${self:custom.sizes.${self:provider.stage}}",
        "${self:custom.sizes.${sls:stage}}",
        "${self:custom.regions.${aws:region}}",
        "${self:custom.list.1}",
        "${self:custom.indirect.size}",
        "${self:custom.file.small}",
        "${file(./sizes.yml):small}",
        "${file(sizes.yml):large}",
        "${file(sizes.json):small.1}",
        "${file(missing.yml):small, 20}",
        "${file(sizes.js):small, 20}",
        "${opt:size, 20}",
        "${opt:size, '20'}",
        '${opt:size, "20"}',
        "${opt:size, env:SIZE, self:custom.size}",
        "${opt:size, ${self:custom.size}}",
        "${opt:size, ${env:SIZE}, 20}",
        "${opt:size, ${self:custom.sizes.${opt:kind}}, 20}",
        "${self:custom.hole, 20}",
        "${self:custom.list.9, self:custom.list.1}",
        "${param:size}",
        "${param:new}",
        "${self:custom.${self:custom.yes}}",
    ],
)
def test_a_variable_is_resolved_without_the_cloud(tmp_path: Path, variable: str) -> None:
    assert size(tmp_path, variable) == 20


@pytest.mark.parametrize("variable", ["${param:size}", "${self:custom.sizes.${sls:stage}}"])
def test_the_stage_is_the_option_of_the_command_line(tmp_path: Path, variable: str) -> None:
    assert size(tmp_path, variable, **{"opt:stage": "live"}) == 50


@pytest.mark.parametrize(("text", "enabled"), [("true", True), ("'0'", False), ("${self:custom.no, 'FALSE'}", False)])
def test_a_boolean_is_made_from_text(tmp_path: Path, text: str, *, enabled: bool) -> None:
    service = f"""
        functions:
          orders:
            events:
              - stream: {{type: dynamodb, arn: !Ref Arn, enabled: "${{strToBool({text})}}"}}
    """
    assert mapping_of(tmp_path, service, "orders", name="serverless.yml").enabled is enabled


@pytest.mark.parametrize(
    "key",
    [
        "ssm:/shop/size",
        "cf:shop-${self:provider.stage}.Size",
        "opt:size",
        "env:SIZE",
        "param:missing",
        "self:custom.missing",
        "self:custom.circle",
        "file(missing.yml):size",
        "aws:accountId",
        "sls:instanceId",
        "strToBool(perhaps)",
    ],
)
def test_a_variable_that_cannot_be_resolved_is_refused_and_can_be_given(tmp_path: Path, key: str) -> None:
    resolved = key.replace("${self:provider.stage}", "dev")
    with pytest.raises(InvalidOption) as refusal:
        size(tmp_path, f"${{{key}}}")
    assert str(refusal.value) == (
        f"BatchSize of 'Orders' of 'orders' needs {resolved!r}, which the template does not say; "
        f"give its value: parameters={{{resolved!r}: …}}"
    )
    assert size(tmp_path, f"${{{key}}}", **{resolved: 33}) == 33


def test_a_variable_in_a_variable_that_cannot_be_resolved_is_the_one_to_give(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="needs 'opt:kind', which the template does not say"):
        size(tmp_path, "${self:custom.sizes.${opt:kind}}")
    assert size(tmp_path, "${self:custom.sizes.${opt:kind}}", **{"opt:kind": "live"}) == 50


def test_text_around_a_variable_that_cannot_be_resolved_is_kept(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"BatchSize .* needs 'ssm:/size', which"):
        size(tmp_path, "2${ssm:/size}")
    assert size(tmp_path, "2${ssm:/size}", **{"ssm:/size": 0}) == 20


def test_a_fallback_that_is_no_literal_is_passed_over(tmp_path: Path) -> None:
    assert size(tmp_path, "${opt:size, twenty, 20}") == 20


def test_the_environment_of_the_process_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIZE", "33")
    assert size(tmp_path, "${env:SIZE, 20}") == 20
    assert size(tmp_path, "${env:SIZE, 20}", **{"env:SIZE": 40}) == 40


def test_an_option_that_the_service_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"unknown parameter 'opt:sise'; the template has: .*opt:size, opt:stage"):
        size(tmp_path, "${opt:size, 20}", **{"opt:sise": 5})


def test_a_source_that_was_not_reached_may_be_given(tmp_path: Path) -> None:
    assert size(tmp_path, "${opt:size, env:SIZE}", **{"opt:size": 5, "env:SIZE": 6}) == 5


def test_a_variable_of_cloudformation_is_left_alone(tmp_path: Path) -> None:
    text = (
        SERVICE.format(size=5)
        .replace("type: dynamodb, ", "")
        .replace("!GetAtt Orders.StreamArn", "!Sub '${Arn}-${AWS::Region}-${self:service}'")
    )
    resources = "resources: {Parameters: {Arn: {Default: 'arn:aws:dynamodb:a:b:table/c'}}}"
    assert mapping_of(tmp_path, f"{text}{resources}", "orders", name="serverless.yml").batch_size == 5


def test_a_variable_in_a_variable_of_cloudformation_is_resolved(tmp_path: Path) -> None:
    text = SERVICE.format(size=5).replace("type: dynamodb, ", "")
    text = text.replace("!GetAtt Orders.StreamArn", "!Sub '${Arn${self:provider.stage}}'")
    resources = "resources: {Parameters: {Arndev: {Default: 'arn:aws:kinesis:a:b:table/c'}}}"
    with pytest.raises(InvalidOption, match="mappings: none"):
        mapping_of(tmp_path, f"{text}{resources}", "orders", name="serverless.yml")


def test_a_file_of_a_variable_that_is_no_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text("a: [", "utf-8")
    with pytest.raises(InvalidOption, match=r"broken\.yml is no template"):
        size(tmp_path, "${file(broken.yml):size}")


def test_a_character_that_no_variable_has_is_no_variable(tmp_path: Path) -> None:
    stream = {"type": "dynamodb", "arn": {"Ref": "Arn"}, "batchSize": "2\x000\x000"}
    document = {"functions": {"orders": {"events": [{"stream": stream}]}}}
    assert mapping_of(tmp_path, document, "orders", name="serverless.json").batch_size == 200


def test_a_reference_to_an_object_is_no_missing_variable(tmp_path: Path) -> None:
    text = SERVICE.format(size=5).replace(
        "  size: 20", "  size: 20\n  Ref: {Ref: {Ref: '${self:custom.circle}'}}\n  back: ${self:custom.Ref}"
    )
    assert mapping_of(tmp_path, text, "orders", name="serverless.yml").batch_size == 5
