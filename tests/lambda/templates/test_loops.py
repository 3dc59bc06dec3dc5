from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from template_files import mapping_of, sam

from pytest_ddbstreams import InvalidOption

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {"Sizes": {"small": {"Size": 5}, "large-scale": {"Size": 50}}}


def looped(values: Any) -> dict[str, Any]:
    """Return a template with a function and a mapping for each value, whose BatchSize the section Mappings has."""
    mapping = {
        "FunctionName": {"Ref": "Orders&{Kind}"},
        "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
        "StartingPosition": "LATEST",
        "MaximumRetryAttempts": 3,
        "BatchSize": {"Fn::FindInMap": ["Sizes", {"Ref": "Kind"}, "Size"]},
        "FilterCriteria": {"Filters": [{"Pattern": {"Fn::Sub": '{"eventName": ["INSERT"], "eventID": ["${Kind}"]}'}}]},
    }
    body = {
        "Orders&{Kind}": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "orders-${Kind}"}},
        "Mapping&{Kind}": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    }
    return {
        "Parameters": {"Kinds": {"Type": "CommaDelimitedList", "Default": "small, large-scale"}},
        "Mappings": SIZES,
        "Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}, "Fn::ForEach::Kinds": ["Kind", values, body]},
    }


@pytest.mark.parametrize("values", [["small", "large-scale"], {"Ref": "Kinds"}], ids=str)
@pytest.mark.parametrize(
    ("function", "size"), [("Orderssmall", 5), ("Orderslargescale", 50), ("orders-large-scale", 50)]
)
def test_a_mapping_of_a_loop_is_read(tmp_path: Path, values: Any, function: str, size: int) -> None:
    mapping = mapping_of(tmp_path, looped(values), function)
    assert (mapping.batch_size, mapping.maximum_retry_attempts) == (size, 3)


def test_the_list_of_a_loop_may_be_given(tmp_path: Path) -> None:
    template = looped({"Ref": "Kinds"})
    assert mapping_of(tmp_path, template, "Orderssmall", parameters={"Kinds": "small"}).batch_size == 5
    with pytest.raises(InvalidOption, match=r"and their mappings: 'Orderssmall' \('Mappingsmall'\)$"):
        mapping_of(tmp_path, template, "Orderslargescale", parameters={"Kinds": "small"})


def test_a_loop_may_stand_in_a_loop_and_in_properties(tmp_path: Path) -> None:
    properties = {"Stream": {"Ref": "Stream"}, "StartingPosition": "LATEST"}
    events = {
        "Fn::ForEach::Events": ["Event", ["A", "B"], {"On${Event}": {"Type": "DynamoDB", "Properties": properties}}]
    }
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Events": events}}
    inner = {"Fn::ForEach::Inner": ["Y", ["1", "2"], {"F${X}${Y}": function}]}
    template = {"Resources": {"Fn::ForEach::Outer": ["X", ["a", "b"], inner]}}
    assert mapping_of(tmp_path, template, "Fb2", "OnB").batch_size == 100


@pytest.mark.parametrize(
    "loop",
    ["Kinds", ["Kind"], [5, ["a"], {}], ["Kind", {"Ref": "Missing"}, {}], ["Kind", "a", {}], ["Kind", ["a"], "b"]],
    ids=str,
)
def test_a_loop_that_cannot_be_repeated_disturbs_nothing(tmp_path: Path, loop: Any) -> None:
    assert mapping_of(tmp_path, sam({"BatchSize": 9}, Resources={"Fn::ForEach::Kinds": loop})).batch_size == 9
