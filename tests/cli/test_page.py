"""Command lines that cannot be meant: status 2 and one sentence with what was probably meant."""

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "fti x.csv",
            "diabolo has no 'fti'; it has demo, fit, encode, decode, reconstruct, clean, inspect, groups, "
            "screen, sweep, rechunk, report, export, plot, detect, datasets, completion, help. Did you mean "
            "'fit'?",
        ),
        ("train x.csv", "Did you mean 'fit'?"),
        ("transform x.csv", "Did you mean 'encode'?"),
        ("version", "Did you mean --version?"),
        ("x.csv -o m", "The verb comes before the file, as in 'diabolo fit x.csv'."),
        ("plot x.csv -o m", "The verb comes before the file, as in 'diabolo plot codes x.csv'."),
        (
            "plot cods",
            "diabolo plot has no 'cods'; it has codes, history, reconstructions. Did you mean 'codes'?",
        ),
        (
            "datasets download mnist",
            "diabolo datasets has no 'download'; it has list, get. Did you mean 'get'?",
        ),
        ("data list", "Did you mean 'datasets'?"),
        ("datasets get", "NAME is missing; the form is: diabolo datasets get NAME [options]"),
        (
            "datasets get fashon-mnist",
            "there is no data set 'fashon-mnist'; there is iris, wine, breast-cancer, digits, fashion-mnist, "
            "mnist, ecg5000, ucr-135, nab, gse74193. Did you mean 'fashion-mnist'?",
        ),
        (
            "datasets get digits --into data",
            "digits comes with scikit-learn, so there is nothing to put into data; leave --into out; as a "
            "table: -o digits.csv.",
        ),
        ("--bogus", "diabolo has no option --bogus; 'diabolo --help' lists what it has."),
        ("--json", "the verb is missing; the form is: diabolo [options] VERB ..."),
        ("fit", "DATA is missing; the form is: diabolo fit DATA -o MODEL [options]"),
        ("fit x.csv", "-o MODEL is missing; the form is: diabolo fit DATA -o MODEL [options]"),
        ("fit x.csv -o", "-o needs a value after it; 'diabolo fit --help-all' says which."),
        ("fit my data.csv -o m", "there is no place for 'data.csv'; the form is:"),
        ("fit x.csv -o m --componets 3", "diabolo fit has no option --componets; did you mean --components?"),
        ("fit x.csv -o m --n-components 3", "did you mean --components?"),
        ("fit x.csv -o m --max-epochs 3", "did you mean --epochs?"),
        ("fit x.csv -o m --random-state 3", "did you mean --seed?"),
        ("fit x.csv -o m --lr 3", "did you mean --learning-rate?"),
        ("fit x.csv -o m --label kind", "did you mean --labels?"),
        (
            "fit x.csv -o m --components two",
            "--components two is not possible; expected a whole number, 1 or more.",
        ),
        (
            "fit x.csv -o m --learning-rate fast",
            "--learning-rate fast is not possible; expected a number above 0.",
        ),
        (
            "fit x.csv -o m --components 0",
            "--components 0 is not possible; expected a whole number, 1 or more.",
        ),
        (
            "fit x.csv -o m --epochs 0",
            "--epochs 0 is not possible; expected a whole number, 1 or more, or auto.",
        ),
        ("fit x.csv -o m --activation sigmoyd", "Did you mean 'sigmoid'?"),
        ("fit x.csv -o m --loss l2", "--loss l2 is not possible; expected one of 'squared_error',"),
        ("fit x.csv -o m --scale min-max", "'maxabs', 'center', 'common', or none. Did you mean 'minmax'?"),
        ("fit x.csv -o m --schedule cosin", "--schedule cosin is not possible;"),
        (
            "fit x.csv -o m --learning-rate nan",
            "--learning-rate nan is not possible; expected a number above 0.",
        ),
        ("fit x.csv -o m --validation-fraction 1", "--validation-fraction 1 is not possible;"),
        ("fit x.csv -o m --patience 0", "--patience 0 is not possible;"),
        (
            "fit x.csv -o m --seed -1",
            "--seed -1 is not possible; expected a whole number from 0 to 4294967295.",
        ),
        (
            "fit x.csv -o m --hidden 3,x",
            "--hidden 3,x is not possible; expected whole numbers with commas between, each 1 or more",
        ),
        (
            "fit x.csv -o m --hidden 3,0",
            "--hidden 3,0 is not possible; expected whole numbers with commas between, each 1 or more",
        ),
        (
            "fit x.csv -o m --optimizer-param beta_1",
            "give name=number, such as --optimizer-param beta_1=0.8.",
        ),
        (
            "fit x.csv -o m --optimizer-param beta1=0.5",
            "--optimizer-param has 'beta1', which 'adam' does not know;",
        ),
        ("fit x.csv -o m --optimizer-param beta_1=2", "--optimizer-param beta_1=2 is not possible;"),
        (
            "fit x.csv -o m --schedule-param epochs=3",
            "--schedule-param has 'epochs', which 'constant' does not",
        ),
        ("fit x.csv -o m --validation v.csv --validation-fraction 0.1", "both say which rows to hold out"),
        (
            "fit x.csv -o m --kind vae",
            "--kind vae is not possible; expected one of dense, denoising, sparse, variational, "
            "convolutional. Did you mean 'variational'?",
        ),
        (
            "fit x.csv -o m --beta 2",
            "--beta means nothing to --kind dense; leave it out, or say --kind variational.",
        ),
        (
            "fit x.csv -o m --kind sparse --pretrain layerwise",
            "--pretrain means nothing to --kind sparse; leave it out, or say --kind dense or denoising.",
        ),
        ("fit x.csv -o m --kind convolutional --hidden 3", "--hidden means nothing to --kind convolutional;"),
        (
            "fit x.csv -o m --target kind",
            "--target says what to predict; say how much it counts: --supervision-weight 1, or how well it "
            "is predicted from a code that knows nothing of it: --compare.",
        ),
        (
            "fit x.csv -o m --supervision-weight 1",
            "--supervision-weight needs what the code must predict: --target COLUMN.",
        ),
        (
            "fit x.csv -o m --supervision-weight 1 --target a --labels b",
            "--target and --labels both name the column to leave out; give one of them.",
        ),
        (
            "fit x.csv -o m --noise-param fraction=1",
            "--noise-param is a setting of a noise, so say which: --noise gaussian, masking or "
            "salt_and_pepper.",
        ),
        (
            "fit x.csv -o m --noise masking --noise-param 1",
            "give name=value, such as --noise-param fraction=0",
        ),
        (
            "fit x.csv -o m --noise maskin",
            "--noise maskin is not possible; expected one of 'gaussian', 'masking', 'salt_and_pepper'",
        ),
        (
            "fit x.csv -o m --noise masking --noise-param fraction=2",
            "--noise-param fraction=2 is not possible; expected a number from 0 to 1.",
        ),
        (
            "fit x.csv -o m --noise masking --noise-param p=2",
            "--noise-param has 'p', which 'masking' does not",
        ),
        ("fit x.csv -o m --penalty l1=1", "--penalty has 'l1', which is none of 'weight_decay',"),
        ("fit x.csv -o m --penalty weight_decay=-1", "--penalty weight_decay=-1 is not possible;"),
        ("fit x.csv -o m --penalty contractive", "give name=number, such as --penalty weight_decay=0.001."),
        ("fit x.csv -o m --bottleneck topk", "set --bottleneck-param k=N."),
        ("fit x.csv -o m --bottleneck-param k=3", "--bottleneck-param has 'k', which 'plain' does not know;"),
        ("fit x.csv -o m --bottleneck top-k", "Did you mean 'topk'?"),
        ("fit x.csv -o m --penalty kl_sparsity=1", "needs --code-activation sigmoid"),
        (
            "fit x.csv -o m --kind sparse --sparsity topk --k 9 --components 4",
            "--k 9 numbers cannot be kept of a code of --components 4.",
        ),
        (
            "fit x.csv -o m --kind convolutional --filters x",
            "--filters x is not possible; expected whole numbers",
        ),
        ("fit x.csv -o m --kind convolutional --image-shape 0", "--image-shape 0 is not possible;"),
        ("fit x.csv -o m --kind convolutional --image-shape 9", "--image-shape 9 is not possible; expected"),
        ("fit x.csv -o m --kind convolutional --downsample pool", "Did you mean 'maxpool'?"),
        ("fit x.csv -o m --kernel 3", "did you mean --kernel-size?"),
        (
            "fit x.csv -o m.csv",
            "-o m.csv would be a model under the name of another kind of file; call it m.diabolo.",
        ),
        (
            "encode m x.csv -o c.txt",
            "-o c.txt ends in '.txt', and the suffix says what to write: .csv, .tsv,",
        ),
        ("encode m x.csv -o codes", "-o codes has no suffix,"),
        (
            "plot history m -o h.pgn",
            "-o h.pgn ends in '.pgn', and the suffix says what to write: .png, .pdf, .svg,",
        ),
        (
            "plot history m -o h.png --dpi 1",
            "--dpi 1 is not possible; expected a whole number from 10 to 2400.",
        ),
        ("plot codes m.diabolo -o c.png", "m.diabolo alone says not what to draw; give a model and its rows"),
        (
            "plot codes m x.csv -o c.png --components a",
            "--components a is not possible; expected whole numbers with commas between",
        ),
        (
            "plot reconstructions m x.csv -o c.png -n 0",
            "-n 0 is not possible; expected a whole number, 1 or more.",
        ),
        ("inspect m --row 3", "to show a row, say the file: MODEL DATA --row N."),
        ("inspect m x.csv", "to show a row, say which row: --row N, from 0."),
        ("inspect m -o row.png", "-o writes the picture of a row, so say which: MODEL DATA --row N."),
        (
            "fit x.csv -o m --code-activation auto",
            "--code-activation auto is not possible; expected one of 'linear',",
        ),
        (
            "fit x.csv -o m --kind sparse --code-activation autoo",
            "Did you mean 'auto'?",
        ),
        (
            "fit x.csv -o m --components none",
            "--components none is not possible; expected a whole number, 1 or more.",
        ),
        (
            "fit x.csv -o m --kind convolutional --components 0",
            "expected a whole number, 1 or more, or none for the maps as the code.",
        ),
        (
            "fit x.csv -o m --kind convolutional --image-shape 4x4",
            "--image-shape 4x4 is not possible; expected whole numbers with commas between, such as 28,28 or "
            "28,28,3.",
        ),
        (
            "fit x.csv -o m --kind convolutional --kernel-size x",
            "expected a whole number, 1 or more, or two with a comma between.",
        ),
        ("fit x.csv -o m --hidden ,", "--hidden , is not possible; expected whole numbers with commas"),
        (
            "fit x.csv -o m --epochs 1.5",
            "--epochs 1.5 is not possible; expected a whole number, 1 or more, or auto.",
        ),
        ("fit x.csv -o m --noise s&p", "--noise 's&p' is not possible; expected one of 'gaussian',"),
        (
            "fit x.csv -o m --header=yes",
            "--header=yes is not possible: --header and --no-header take no value.",
        ),
        ("fit x.csv -o m --transposed=1", "--transposed=1 is not possible: --transposed takes no value."),
        ("plot codes m x.csv -o c.png --components none", "--components none is not possible; expected"),
        ("plot --json codes", "diabolo plot has no option --json; 'diabolo plot --help' lists what it has."),
        ("detect --version", "diabolo detect has no option --version; 'diabolo detect --help' lists"),
        ("sweep x.csv -o s.csv --latent 3", "has no option --latent; did you mean --components?"),
        ("screen x.csv -o s.h5 --target y --keep-columns a", "did you mean --keep?"),
        (
            "detect fit x.csv -o m --contamination 0.7",
            "--contamination 0.7 is not possible; expected a number above 0 and at most 0.5, or none: the "
            "odd rows must be fewer than the others.",
        ),
    ],
)
def test_wrong_use(run, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(*words.split())
    assert said in err
    assert status == 2
    assert err.startswith("diabolo: ")
    assert err.count("\n") == 1
    assert "{" in out if "--json" in words else out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_letter_behind_a_flag(run):
    """Python 3.11 takes it for a value, 3.13 for another flag."""
    err = run("fit", "x.csv", "-o", "m", "-qz")[2]
    assert (
        "-qz is not possible: -q and --quiet take no value." in err or "diabolo fit has no option -z;" in err
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["-k", "", "3"], "there is no place for '3'"),
        (["-k", ""], "--components '' is not possible"),
        (["--noise", ""], "--noise '' is not possible; expected one of 'gaussian',"),
        (["--loss", ""], "--loss '' is not possible; expected one of 'squared_error',"),
    ],
)
def test_an_empty_variable_of_the_shell_is_a_value(run, tmp_path, typed, said):
    status, _, err = run("fit", "x.csv", "-o", tmp_path / "m.diabolo", *typed)
    assert status == 2
    assert said in err


TEXT = "id,a,b,kind\np1,1,2,x\np2,2,3,y\np3,3,4,x\n"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (
            "fit text.csv -o m",
            1,
            "text.csv has text in 2 columns, 'id' (line 2: 'p1') and 'kind' (line 2: 'x'), and features are "
            "numbers: carry them along with --keep id,kind, or leave them unread with --drop id,kind; all of "
            "it: diabolo fit text.csv -o m --keep id,kind\n",
        ),
        ("fit --labels kind -o m -- text.csv", 1, "fit --labels kind -o m --keep id -- text.csv\n"),
        ("fit text.csv -o m --labels kind", 1, "and features are numbers: carry it along with --keep id,"),
        ("fit text.csv -o m --target kind --supervision-weight 1", 1, "carry it along with --keep id, or"),
        ("fit text.csv -o m --keep id,kind --drop kind", 2, "--keep kind and --drop kind say two things of"),
        ("fit text.csv -o m --labels kind --columns kind,a", 2, "--labels kind and --columns kind say two"),
        (
            "fit text.csv -o m --drop a --columns a",
            2,
            "--drop a and --columns a say two things of one column;",
        ),
        ("fit text.csv -o m --drop id,kind,id", 2, "--drop id is given twice; leave it out."),
        (
            "fit text.csv -o m --drop kid,kind",
            1,
            "text.csv has no column named 'kid'; it has 'id', 'a', 'b', ",
        ),
        ("fit text.csv -o m --columns a,kid", 1, "'kind'. Did you mean 'kind'?"),
        (
            "fit text.csv -o m --columns kind,b",
            1,
            "text.csv has no numbers in 'kind', which cannot be a feature;",
        ),
        (
            "fit text.csv -o m --keep id --drop a,b,kind",
            1,
            "text.csv has 4 columns, and none is left as a feature",
        ),
        (
            'fit text.csv -o m --keep id,"kind',
            2,
            "expected names of columns with commas between, a name that",
        ),
        ("fit rows.npy -o m --drop 9", 1, "so --drop 9 is not one of them"),
        ("fit rows.npy -o m --keep a", 1, "so --keep a names nothing"),
        ("fit rows.npy -o m --labels a", 1, "so --labels a names nothing"),
        ("fit rows.npy -o m --target a --supervision-weight 1", 1, "so --target a names nothing"),
        ("fit rows.npy -o m --keep 9", 1, "so --keep 9 is not one of them"),
        ("fit rows.npy -o m --hold-out 1 --hold-out-by 9", 1, "so --hold-out-by 9 is not one of them"),
        (
            "fit text.csv -o m --target b --supervision-weight 1 --keep id --keep b",
            2,
            "--keep b is --target already; leave it out.",
        ),
        ("rechunk text.csv -o m.h5", 1, "all of it: diabolo rechunk text.csv -o m.h5 --keep id,kind\n"),
    ],
)
def test_a_column_is_named_as_it_was_or_can_be_typed(run, tmp_path, monkeypatch, words, status, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.csv").write_text(TEXT)
    np.save("rows.npy", np.ones((5, 3)))
    found, _, err = run(*words.split())
    assert said in err
    assert found == status


def test_images_of_another_size(run, files, tmp_path):
    words = ["fit", files.images, "-o", tmp_path / "m.diabolo", "--kind", "convolutional"]
    status, _, err = run(*words, "--image-shape", "3,3")
    assert status == 1
    assert "DATA has 16 columns, but --image-shape 3,3 has 3 x 3 x 1 = 9 cells; they must be equal." in err


@pytest.mark.parametrize("labels", ["--labels", "--target"])
def test_an_empty_name_is_no_column(run, tmp_path, monkeypatch, labels):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.csv").write_text(TEXT)
    more = [] if labels == "--labels" else ["--supervision-weight", "1"]
    status, _, err = run("fit", "text.csv", "--keep", "id", labels, "", *more, "-o", "m")
    assert status == 1
    assert "text.csv has no column named ''" in err


def test_the_file_read_is_not_the_file_written(run, files):
    before = files.table.read_bytes()
    status, _, err = run("encode", files.model, files.table, "-o", files.table)
    assert status == 2
    assert "is the file that is read; choose another name" in err
    assert files.table.read_bytes() == before


def test_an_option_that_means_nothing_to_the_file(run, files, tmp_path):
    status, _, err = run("encode", files.model, files.table, "--dataset", "X", "-o", tmp_path / "c.csv")
    assert status == 2
    assert f"--dataset X means nothing to {files.table}: leave it out" in err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--early-stopping", "--validation-fraction", "0"], "--early-stopping needs held-out rows"),
        (["--device", "gpu:7"], "--device gpu:7 is not present on this machine"),
        (["--device", "gpu:7"], "or leave it out for JAX's default."),
        (["--delimiter", "ab"], "--delimiter must be one character"),
        (
            ["--loss", "binary_cross_entropy", "--output-activation", "relu"],
            "--loss binary_cross_entropy needs --output-activation sigmoid",
        ),
    ],
)
def test_settings_that_only_training_can_refuse(run, files, tmp_path, typed, said):
    words = ["fit", files.table, "--labels", "kind", "-o", tmp_path / "m.diabolo"]
    status, _, err = run(*words, *typed)
    assert status == 2
    assert said in err
    assert list(tmp_path.iterdir()) == []
