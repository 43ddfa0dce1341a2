import html

import numpy as np
import pytest

import diabolo
from diabolo.errors import DataFileError, ParameterError

pytestmark = pytest.mark.usefixtures("drawn")


def test_the_page_is_made_once_and_written_as_it_is(autoencoder, table, tmp_path):
    found = diabolo.report(autoencoder, table, path=tmp_path / "first.html")
    assert isinstance(found, diabolo.Report)
    assert found.html is found.html
    found.save(tmp_path / "second.HTM")
    for name in ("first.html", "second.HTM"):
        assert (tmp_path / name).read_bytes().decode("utf-8") == found.html
    assert sorted(each.name for each in tmp_path.iterdir()) == ["first.html", "second.HTM"]
    found.save(tmp_path / "first.html")  # over a page there may be another


def test_only_pages_are_written_and_only_over_pages(autoencoder, table, tmp_path):
    found = diabolo.report(autoencoder, table)
    with pytest.raises(ParameterError, match=r"does not end in \.html.*path='report\.html'"):
        found.save(tmp_path / "report.pdf")
    with pytest.raises(ParameterError, match=r"'report' does not end in \.html"):
        diabolo.report(autoencoder, table, path="report")
    (tmp_path / "rows.html").write_text("a,b\n1,2\n")
    with pytest.raises(DataFileError, match="a file that holds text stands there, and a page replaces none"):
        found.save(tmp_path / "rows.html")
    with pytest.raises(DataFileError, match=r"the folder .* does not exist"):
        found.save(tmp_path / "none" / "report.html")


def test_a_notebook_shows_it_in_a_frame_that_reaches_nothing(autoencoder, table):
    found = diabolo.report(autoencoder, table, title='<b> & "quoted"')
    text = found._repr_html_()
    head, _, rest = text.partition('srcdoc="')
    inner, _, tail = rest.partition('" sandbox="allow-scripts allow-downloads"')
    assert head == "<iframe "
    assert '"' not in inner
    assert "<" not in inner
    assert html.unescape(inner) == found.html
    assert 'width="100%" height="820"' in tail
    assert "<b>" not in tail
    strange = diabolo.report(autoencoder, table, title="name \udcff")._repr_html_()
    assert 'title="name ?"' in strange
    strange.encode("utf-8")
    assert repr(found) == '<Report <b> & "quoted": 90 of 90 rows>'


@pytest.mark.parametrize("max_points", [0, 1.5, True, "all"])
def test_there_is_at_least_one_point(autoencoder, table, max_points):
    with pytest.raises(ParameterError, match=r"max_points=.* is not possible; expected a whole number"):
        diabolo.report(autoencoder, table, max_points=max_points)


def test_what_is_asked_for_is_in_it(autoencoder, table):
    found = diabolo.report(
        autoencoder, table, np.arange(90) % 3, label_name="third", columns={"age": np.arange(90)},
        components=(2, 0), title="A title", model_name="m.diabolo", data_name="rows",
    ).summary  # fmt: skip
    assert [each["name"] for each in found["points"]["columns"]] == ["third", "error", "age"]
    pair, axes = found["points"]["pairs"][0], found["points"]["axes"]
    assert [axes[pair[side]]["number"] for side in "xy"] == [2, 0]
    assert (found["title"], found["model"]["file"], found["data"]["name"]) == ("A title", "m.diabolo", "rows")


def test_an_image_shape_is_heeded(digits):
    X = digits[0][:30]
    model = diabolo.Autoencoder(2, max_epochs=1, random_state=0).fit(X)
    shapes = {False: None, None: [8, 8, 1], (4, 16): [4, 16, 1]}
    for asked, shape in shapes.items():
        assert diabolo.report(model, X, image_shape=asked).summary["details"]["shape"] == shape


def test_projections_are_heeded(autoencoder, table):
    for asked, first in (("tsne", "tsne"), ("components", "components"), ("principal", "principal")):
        found = diabolo.report(autoencoder, table, projection=asked).summary
        assert found["points"]["pairs"][0]["kind"] == first
