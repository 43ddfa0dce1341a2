"""The categories of a model, written and read without trust."""

from __future__ import annotations

from typing import Any

from diabolo.data.categories import MOST_VALUES, CategoryTable
from diabolo.estimators._category_rows import table_of
from diabolo.persistence.record_entries import checked_entry, refusal, shown

__all__ = ["categories_record", "check_frequencies", "put_categories", "width_of"]

_SLACK = 1e-6


def categories_record(table: CategoryTable | None) -> dict[str, Any] | None:
    """Write which columns are categories, and their values; None where none is."""
    if table is None:
        return None
    return {"columns": list(table.places), "values": [list(values) for values in table.values]}


def put_categories(estimator: Any, record: dict[str, Any]) -> None:
    """Give an estimator, whose columns and their names are known, its categories, where it has any.

    Raises
    ------
    ModelFileError
        The entry is not one of :func:`categories_record`, or there is one and the parameters name none.
    """
    entry = record.get("categories")  # files of earlier times have no such entry
    if (entry is not None) != (
        estimator.categories is not None if hasattr(estimator, "categories") else False
    ):
        raise refusal("the record's 'categories'", "those that the parameters name", shown(entry))
    if entry is None:
        return
    places = checked_entry(entry, "columns", list, "numbers of columns")
    values = checked_entry(entry, "values", list, "the values of each")
    n_columns = estimator.n_features_in_
    if (
        not places
        or not all(type(place) is int and 0 <= place < n_columns for place in places)
        or len(set(places)) < len(places)
    ):
        raise refusal("the categories' 'columns'", f"different ones of {n_columns} columns", shown(places))
    if len(values) != len(places) or not all(_are_values(each) for each in values):
        raise refusal("the categories' 'values'", "different texts, in order, of each column", shown(values))
    if [len(each) for each in values] != sorted(len(each) for each in values):
        raise refusal("the categories' 'values'", "columns of few values first", shown(values))
    names = getattr(estimator, "feature_names_in_", None)
    estimator.categories_ = CategoryTable(
        n_columns,
        None if names is None else tuple(str(name) for name in names),
        tuple(places),
        tuple(tuple(each) for each in values),
    )


def _are_values(values: Any) -> bool:
    is_list = isinstance(values, list) and 1 <= len(values) <= MOST_VALUES
    return (
        is_list and all(isinstance(each, str) and each for each in values) and values == sorted(set(values))
    )


def width_of(estimator: Any) -> int:
    """Return how many numbers of a row an estimator's network sees."""
    table = table_of(estimator)
    return int(estimator.n_features_in_) if table is None else table.n_cells


def check_frequencies(estimator: Any) -> None:
    """Refuse a scaler by which values of a category have no frequencies."""
    table = table_of(estimator)
    for block in () if table is None else table.blocks:
        frequency, factor = estimator.scaler_.offset[block], estimator.scaler_.factor[block]
        if not (frequency > 0).all() or abs(frequency.sum() - 1) > _SLACK or not (factor > 0).all():
            raise refusal("the array 'scaler.offset'", "frequencies of a category", shown(frequency.tolist()))
