"""Commands that cannot be meant, or whose files do not go with what was typed."""

from tests.contracts.bad_inputs.bad_input import BadInput

WORDS = [
    BadInput("a verb that there is not", "frobnicate table.csv"),
    BadInput("a verb of scikit-learn", "transform small.diabolo table.csv -o codes2.csv"),
    BadInput("a file in the place of a verb", "table.csv -o m.diabolo"),
    BadInput("an option before the verb that there is not", "--verbose fit table.csv"),
    BadInput("a verb of a group that there is not", "detect find odd.diabolo table.csv"),
    BadInput("a verb beside one that has none", "fit rows.npy score -o m.diabolo"),
    BadInput("a page of help that there is not", "help fti"),
    BadInput("a misspelt flag", "fit rows.npy -o m.diabolo --epoch 3"),
    BadInput("a flag of another program", "fit table.csv -o m.diabolo --sep ;"),
    BadInput("a flag without its value", "fit rows.npy -o m.diabolo --epochs"),
    BadInput("a switch with a value", "fit rows.npy -o m.diabolo --tied=maybe"),
    BadInput("no file to write to", "fit rows.npy"),
    BadInput("no file to read", "fit -o m.diabolo"),
    BadInput("no rows beside a model", "encode small.diabolo -o codes2.csv"),
    BadInput("a shell that is not known", "completion powershell"),
    BadInput("a data set that is not known", "datasets get irsi -o iris.csv"),
]

VALUES = [
    BadInput("no epochs at all", "fit rows.npy -o m.diabolo --epochs 0"),
    BadInput("a width in words", "fit rows.npy -o m.diabolo --components two"),
    BadInput("hidden layers with a word among them", "fit rows.npy -o m.diabolo --hidden 8,big"),
    BadInput("a kind of network that there is not", "fit rows.npy -o m.diabolo --kind transformer"),
    BadInput("a loss that there is not", "fit rows.npy -o m.diabolo --loss rmse"),
    BadInput("a learning rate below 0", "fit rows.npy -o m.diabolo --learning-rate -1"),
    BadInput("a rate that is no number", "fit rows.npy -o m.diabolo --learning-rate nan"),
    BadInput("a setting without its number", "fit rows.npy -o m.diabolo --penalty weight_decay"),
    BadInput("a penalty that is not known", "fit rows.npy -o m.diabolo --penalty lasso=0.1"),
    BadInput("an option of another kind of network", "fit rows.npy -o m.diabolo --filters 8,4"),
    BadInput("beta of a network that is not variational", "fit rows.npy -o m.diabolo --beta 2"),
    BadInput("top-k without its k", "fit rows.npy -o m.diabolo --bottleneck topk"),
    BadInput("a target without a weight", "fit table.csv -o m.diabolo --target age --keep kind"),
    BadInput("a weight without a target", "fit rows.npy -o m.diabolo --supervision-weight 1"),
    BadInput("an image of words", "fit images.npy --kind convolutional --image-shape big -o m.diabolo"),
    BadInput(
        "an image that the rows do not fill",
        "fit images.npy --kind convolutional --image-shape 5,5 -o m.diabolo",
    ),
    BadInput("all rows and more held out", "fit rows.npy -o m.diabolo --hold-out 99"),
    BadInput(
        "held out by a column that there is not",
        "fit table.csv --labels kind --keep age -o m.diabolo --hold-out 0.2 --hold-out-by person",
    ),
    BadInput("an amount of memory in words", "fit rows.npy -o m.diabolo --max-memory plenty"),
    BadInput("a seed of half", "fit rows.npy -o m.diabolo --seed 0.5"),
    BadInput("a threshold by a name that is not known", "detect fit rows.npy -o m.diabolo --threshold otsu"),
    BadInput("a share of anomalies above a half", "detect fit rows.npy -o m.diabolo --contamination 0.9"),
    BadInput("a normal label without a column of labels", "detect fit rows.npy -o m.diabolo --normal red"),
    BadInput(
        "a normal label that is in no row",
        "detect fit table.csv --labels kind --keep age --normal pink -o m.diabolo",
    ),
    BadInput(
        "a threshold that needs anomalies, without labels",
        "detect fit rows.npy -o m.diabolo --threshold best_f1",
    ),
    BadInput(
        "a setting of another threshold",
        "detect fit rows.npy -o m.diabolo --threshold quantile --threshold-param k=3",
    ),
    BadInput("a window longer than the file", "detect fit series.csv --time time --window 500 -o m.diabolo"),
    BadInput("a column of time without a window", "detect fit series.csv --time time -o m.diabolo"),
    BadInput(
        "a column of time that there is not", "detect fit series.csv --time clock --window 5 -o m.diabolo"
    ),
    BadInput(
        "a column of time that holds none",
        "detect fit table.csv --time kind --keep age --window 5 -o m.diabolo",
    ),
]

FILES = [
    BadInput("a table that is not there", "fit tabel.csv -o m.diabolo"),
    BadInput("a folder to fit to", "fit parts -o m.diabolo", {"parts": None}),
    BadInput("a file of no known kind", "fit notes.txt -o m.diabolo", {"notes.txt": "hello"}),
    BadInput("an empty file to fit to", "fit t.csv -o m.diabolo", {"t.csv": ""}),
    BadInput("a header alone to fit to", "fit t.csv -o m.diabolo", {"t.csv": "a,b\n"}),
    BadInput("one row to fit to", "fit t.csv -o m.diabolo", {"t.csv": "a,b\n1,2\n"}),
    BadInput("columns of text in a file to fit to", "fit table.csv -o m.diabolo"),
    BadInput(
        "a missing cell in a file to fit to", "fit t.csv -o m.diabolo", {"t.csv": "a,b\n1,2\n3,\n5,6\n7,8\n"}
    ),
    BadInput(
        "a word in a column of numbers", "fit t.csv -o m.diabolo", {"t.csv": "a,b\n1,2\n3,high\n5,6\n7,8\n"}
    ),
    BadInput("labels that there are not", "fit table.csv --labels species -o m.diabolo"),
    BadInput("a column kept and left out", "fit table.csv --labels kind --keep age --drop age -o m.diabolo"),
    BadInput("a table as a model", "encode table.csv rows.npy -o codes2.csv"),
    BadInput("model and rows the wrong way round", "encode rows.npy small.diabolo -o codes2.csv"),
    BadInput("a model that is not there, to encode by", "encode smal.diabolo table.csv -o codes2.csv"),
    BadInput("a detector to encode by", "encode odd.diabolo rows.npy -o codes2.csv"),
    BadInput("an autoencoder to score by", "detect score small.diabolo table.csv -o scores.csv"),
    BadInput("an autoencoder's threshold", "detect threshold small.diabolo"),
    BadInput(
        "rows of other columns to encode",
        "encode small.diabolo t.csv -o codes2.csv",
        {"t.csv": "w,x,q\n1,2,3\n"},
    ),
    BadInput("rows of too many columns to encode", "encode pictures.diabolo rows.npy -o codes2.csv"),
    BadInput("codes of another width to decode", "decode small.diabolo rows.npy -o rows2.csv"),
    BadInput(
        "an empty cell in codes",
        "decode small.diabolo t.csv -o rows2.csv",
        {"t.csv": "code0,code1\n1,\n2,3\n"},
    ),
    BadInput(
        "a missing cell in rows to encode by a command",
        "encode small.diabolo t.csv -o codes2.csv",
        {"t.csv": "w,x,y,z\n1,2,3,\n1,2,3,4\n"},
    ),
    BadInput(
        "missing cells filled by a model that takes none",
        "clean t.csv small.diabolo -o full.csv",
        {"t.csv": "w,x,y,z\n1,2,3,\n1,2,3,4\n"},
    ),
    BadInput(
        "odd cells replaced by an autoencoder",
        "clean table.csv small.diabolo --odd -o full.csv --labels kind",
    ),
    BadInput(
        "a row beyond the last, to inspect",
        "inspect small.diabolo table.csv --labels kind --keep age --row 99",
    ),
    BadInput("a row of no table, to inspect", "inspect small.diabolo --row 3"),
    BadInput(
        "a line above the first row, to inspect",
        "inspect small.diabolo table.csv --labels kind --keep age --line 1",
    ),
    BadInput(
        "more groups than there are rows",
        "groups small.diabolo table.csv --labels kind --keep age --number 99 -o groups.csv",
    ),
    BadInput(
        "groups of a detector's rows", "groups odd.diabolo table.csv --labels kind --keep age -o groups.csv"
    ),
    BadInput("a screening for no column", "screen table.csv -o kept.csv --fdr 0.1"),
    BadInput("a false discovery rate of 7", "screen table.csv --target age --keep kind --fdr 7 -o kept.csv"),
    BadInput(
        "a screening that keeps none", "screen table.csv --target age --keep kind --fdr 1e-9 -o kept.csv"
    ),
    BadInput("a sweep over a width of 0", "sweep rows.npy --components 0,2 -o sweep.csv"),
    BadInput("a sweep over a width in words", "sweep rows.npy --components 2,x -o sweep.csv"),
    BadInput("a sweep like a detector", "sweep rows.npy --like odd.diabolo --components 1 -o sweep.csv"),
    BadInput("scores measured without labels", "detect evaluate odd.diabolo table.csv --keep age,kind"),
    BadInput(
        "scores measured with labels that there are not",
        "detect evaluate odd.diabolo table.csv --labels species --keep age,kind",
    ),
    BadInput(
        "events of rows",
        "detect score odd.diabolo table.csv --labels kind --keep age -o scores.csv --events events.csv",
    ),
    BadInput(
        "a series shorter than the detector's window",
        "detect score pump.diabolo t.csv --time time -o scores.csv",
        {"t.csv": "time,flow,pressure\n1,1,2\n2,3,4\n"},
    ),
    BadInput(
        "a series without a channel",
        "detect score pump.diabolo t.csv -o scores.csv",
        {"t.csv": "flow\n" + "1\n2\n" * 9},
    ),
    BadInput("a threshold moved to a word", "detect threshold odd.diabolo --set high -o odd2.diabolo"),
    BadInput(
        "a map of more numbers than can be drawn",
        "plot codes codes.csv --labels kind --keep age --components 0,1,2,3 -o map.png",
    ),
    BadInput(
        "a map of a number that the code lacks",
        "plot codes codes.csv --labels kind --keep age --components 0,7 -o map.png",
    ),
    BadInput("a history of a detector that was solved", "plot history odd.diabolo -o history.png"),
    BadInput(
        "a metric of the history that there is not",
        "plot history small.diabolo --metric accuracy -o history.png",
    ),
    BadInput(
        "rows drawn as images of another shape",
        "plot reconstructions small.diabolo table.csv --labels kind --keep age --image-shape 3,3 -o rows.png",
    ),
    BadInput(
        "pictures of no rows",
        "plot reconstructions small.diabolo table.csv --labels kind --keep age -n 0 -o rows.png",
    ),
]

OUTPUTS = [
    BadInput("a model into a folder that is not there", "fit rows.npy -o models/m.diabolo"),
    BadInput("a model under the name of a table", "fit rows.npy -o m.csv"),
    BadInput("a model over a folder", "fit rows.npy -o models", {"models": None}),
    BadInput("a model over the table that it learns from", "fit rows.npy -o rows.npy"),
    BadInput("a model on standard output", "fit rows.npy -o -"),
    BadInput("a model to a server of the web", "fit rows.npy -o https://example.org/m.diabolo"),
    BadInput("a model where the package is absent", "fit rows.npy -o gs://bucket/m.diabolo"),
    BadInput("a model over a picture", "fit rows.npy -o map.bin", {"map.bin": b"\x89PNG\r\n\x1a\n"}),
    BadInput(
        "codes over the rows that they are of",
        "encode small.diabolo table.csv --labels kind --keep age -o table.csv",
    ),
    BadInput(
        "codes over the model", "encode small.diabolo table.csv --labels kind --keep age -o small.diabolo"
    ),
    BadInput(
        "codes to a file of no known kind",
        "encode small.diabolo table.csv --labels kind --keep age -o codes.txt",
    ),
    BadInput(
        "codes to a file without a suffix", "encode small.diabolo table.csv --labels kind --keep age -o codes"
    ),
    BadInput(
        "codes to a spreadsheet", "encode small.diabolo table.csv --labels kind --keep age -o codes.xlsx"
    ),
    BadInput(
        "codes into a folder that is not there",
        "encode small.diabolo table.csv --labels kind --keep age -o out/codes.csv",
    ),
    BadInput("a table rechunked to text", "rechunk rows.npy -o rows.csv"),
    BadInput("a table rechunked over itself", "rechunk t.h5 -o t.h5", {"t.h5": lambda path: _hdf5(path)}),
    BadInput("a picture of an unknown kind", "plot codes codes.csv --labels kind --keep age -o map.gif"),
    BadInput("a picture over the codes", "plot codes codes.csv --labels kind --keep age -o codes.csv"),
    BadInput("a picture without dots", "plot codes codes.csv --labels kind --keep age --dpi 0 -o map.png"),
    BadInput(
        "a report over the cleaned table",
        "clean table.csv --labels kind --keep age -o full.csv --report full.csv",
    ),
    BadInput(
        "a report of a kind that there is not",
        "clean table.csv --labels kind --keep age -o full.csv --report full.json",
    ),
    BadInput(
        "scores over the detector's rows",
        "detect score odd.diabolo table.csv --labels kind --keep age -o table.csv",
    ),
    BadInput(
        "a table split on standard output",
        "encode small.diabolo table.csv --labels kind --keep age --split -o -",
    ),
    BadInput(
        "rows parted that the fit did not part",
        "encode small.diabolo table.csv --labels kind --keep age --split -o codes2.csv",
    ),
    BadInput(
        "a file that is written where nothing may be",
        "encode small.diabolo table.csv --labels kind --keep age -o /proc/codes.csv",
    ),
]


def _hdf5(path):
    import h5py

    with h5py.File(path, "w") as file:
        file["data"] = [[1.0, 2.0], [3.0, 4.0]]


_OF = "--labels kind --keep age"

REPORTS = [
    BadInput("a report as a picture", f"report small.diabolo table.csv {_OF} -o report.png"),
    BadInput("a report without a suffix", f"report small.diabolo table.csv {_OF} -o report"),
    BadInput(
        "a report over notes of the user's own",
        f"report small.diabolo table.csv {_OF} -o notes.html",
        {"notes.html": "do not lose this"},
    ),
    BadInput("a model under the name of a report", "fit rows.npy -o report.html"),
    BadInput("a report without rows", "report small.diabolo -o report.html"),
    BadInput("a report of a model that is a table", "report table.csv rows.npy -o report.html"),
    BadInput(
        "a report of rows of other columns",
        "report small.diabolo t.csv -o report.html",
        {"t.csv": "w,x,q\n1,2,3\n4,5,6\n"},
    ),
    BadInput(
        "a report of rows with a missing cell",
        "report small.diabolo t.csv -o report.html",
        {"t.csv": "w,x,y,z\n1,2,3,\n1,2,3,4\n"},
    ),
    BadInput(
        "a report of a component that the code lacks",
        f"report small.diabolo table.csv {_OF} --components 0,7 -o report.html",
    ),
    BadInput(
        "a report of components in words",
        f"report small.diabolo table.csv {_OF} --components first,second -o report.html",
    ),
    BadInput(
        "a report by a projection that there is not",
        f"report small.diabolo table.csv {_OF} --projection isomap -o report.html",
    ),
    BadInput(
        "a report of images that the rows do not fill",
        f"report small.diabolo table.csv {_OF} --image-shape 3,3 -o report.html",
    ),
    BadInput("a report of no points", f"report small.diabolo table.csv {_OF} --max-points 0 -o report.html"),
    BadInput(
        "normal rows in the report of an autoencoder",
        f"report small.diabolo table.csv {_OF} --normal red -o report.html",
    ),
    BadInput(
        "missing cells in the report of an autoencoder",
        f"report small.diabolo table.csv {_OF} --missing mean -o report.html",
    ),
    BadInput(
        "normal rows in a report without labels",
        "report odd.diabolo table.csv --keep kind,age --normal red -o report.html",
    ),
    BadInput(
        "a normal label in a report that no row has",
        f"report odd.diabolo table.csv {_OF} --normal pink -o report.html",
    ),
    BadInput(
        "a column of time in a report of rows",
        f"report odd.diabolo table.csv {_OF} --time age -o report.html",
    ),
    BadInput(
        "a report of a series without a channel",
        "report pump.diabolo t.csv -o report.html",
        {"t.csv": "flow\n" + "1\n2\n" * 9},
    ),
    BadInput(
        "a report beside a sweep that is none",
        f"report small.diabolo table.csv {_OF} --sweep codes.csv -o report.html",
    ),
    BadInput(
        "a report beside a screening that is none",
        f"report small.diabolo table.csv {_OF} --screening codes.csv -o report.html",
    ),
    BadInput(
        "a report beside a sweep that is not there",
        f"report small.diabolo table.csv {_OF} --sweep sweep.csv -o report.html",
    ),
]

COMMANDS = [*WORDS, *VALUES, *FILES, *OUTPUTS, *REPORTS]
