import pytest

from diabolo.reporting.joined_modules import PageError, joined_script

USED = "export function used() {\n  return 1;\n}\n"


def test_modules_stand_behind_those_they_import_whatever_their_names():
    script = joined_script(
        {
            "a.js": 'import { b } from "./b.js";\nimport { c } from "./c.js";\n\nb(c);\n',
            "b.js": 'import { c } from "./c.js";\n\nexport async function b(x) {\n  return x + c;\n}\n',
            "c.js": "export const c = 1;\nexport class D {}\n",
        }
    )
    lines = ["const c = 1;", "class D {}", "async function b(x) {", "b(c);"]
    assert [line for line in script.splitlines() if line in lines] == lines
    assert "import" not in script
    assert "export" not in script


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ({"a.js": USED, "b.js": "const used = 2;\n"}, "b.js: used is at the top of a.js, too"),
        ({"a.js": 'import { used } from "./none.js";\n'}, "a.js imports from none.js, which is not there"),
        (
            {"a.js": 'import { more } from "./b.js";\n', "b.js": USED},
            "a.js imports more, which b.js does not export",
        ),
        (
            {
                "a.js": 'import { b } from "./b.js";\nexport const a = 1;\n',
                "b.js": 'import { a } from "./a.js";\nexport const b = 1;\n',
            },
            "modules import each other in a circle: a.js -> b.js -> a.js",
        ),
        ({"a.js": 'const mark = "</SCRIPT>";\n'}, "a.js holds '</script', which ends a script"),
        ({"a.js": 'const mark = "<!--";\n'}, "a.js holds '<!--'"),
        ({"a.js": "export default 3;\n"}, "a.js: cannot read 'export default 3;'"),
        ({"a.js": 'import * as all from "./b.js";\n', "b.js": USED}, "a.js: cannot read 'import"),
        (
            {"a.js": 'import { used as other } from "./b.js";\n', "b.js": USED},
            "a.js imports 'used as other'; a name is imported as it is",
        ),
    ],
)
def test_what_cannot_be_joined_is_said(modules, message):
    with pytest.raises(PageError) as caught:
        joined_script(modules)
    assert message in str(caught.value)
