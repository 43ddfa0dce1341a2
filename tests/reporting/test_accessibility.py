"""What axe-core says of the page: nothing serious, light and dark, on a desk and on a telephone."""

import pytest
from tests.reporting.node_modules import brought

import diabolo

RANDOM_STATE = 0
LOOK = """
async () => {
  const found = await axe.run(document, { preload: false, resultTypes: ["violations"] });
  return found.violations.map(({ id, impact, help, nodes }) =>
    ({ id, impact, help, where: nodes.slice(0, 5).map((node) => `${node.target}: ${node.failureSummary}`) }));
}
"""


@pytest.fixture(scope="session")
def axe():
    return brought("axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(digits, tmp_path_factory):
    """Make a page of pictures with a code of two, and one of a detector whose classes are known."""
    folder = tmp_path_factory.mktemp("pages")
    model = diabolo.Autoencoder(n_components=2, max_epochs=2, random_state=RANDOM_STATE)
    rows, labels = (each[:300] for each in digits)
    diabolo.report(model.fit(rows), rows, labels, path=folder / "pictures.html", image_shape=(8, 8))
    rows, labels = digits  # more than a thousand: numbers of rows that are written with a comma elsewhere
    detector = diabolo.AutoencoderDetector(random_state=RANDOM_STATE).fit(rows[labels < 9])
    classes = ["nine" if label == 9 else "other" for label in labels]
    diabolo.report(detector, rows, classes, path=folder / "detector.html", normal_label="other")
    return folder


def serious(page, axe):
    """List what axe-core finds and calls serious or critical."""
    page.evaluate(axe)
    return [each for each in page.evaluate(LOOK) if each["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["pictures", "detector"])
def test_nothing_serious_is_found(visit, axe, pages, name, color_scheme, width):
    page = visit.report(pages / f"{name}.html", width=width, color_scheme=color_scheme)
    assert serious(page, axe) == []


def test_what_is_serious_is_found(visit, axe, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(
        '<!DOCTYPE html><title>T</title><html lang="en"><main><button></button><p style="color: #bbb">pale'
    )
    page = visit.open(path)
    assert {each["id"] for each in serious(page, axe)} == {"button-name", "color-contrast"}
