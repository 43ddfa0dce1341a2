"""Rows, targets, weights and parameters that estimators cannot use."""

import numpy as np
import pandas as pd
import scipy.sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from tests.contracts.bad_inputs.bad_input import BadInput

import diabolo
from diabolo import (
    Autoencoder,
    AutoencoderDetector,
    ConvolutionalAutoencoder,
    DenoisingAutoencoder,
    FTestSelector,
    MutualInformationSelector,
    SparseAutoencoder,
    VariationalAutoencoder,
    find_groups,
    hold_out,
    screen,
)
from diabolo.evaluation import downstream_score, latent_sweep


def with_cell(X, value, row=3, column=1):
    """Return a copy with one other cell."""
    X = X.copy()
    X[row, column] = value
    return X


ROWS = [
    BadInput("a row of numbers in the place of a table", lambda it: Autoencoder().fit([1.0, 2.0, 3.0])),
    BadInput("one number in the place of a table", lambda it: Autoencoder().fit(3.0)),
    BadInput("nothing in the place of a table", lambda it: Autoencoder().fit(None)),
    BadInput("images for an estimator of rows", lambda it: Autoencoder().fit(it.images)),
    BadInput("a table without rows", lambda it: Autoencoder().fit(np.empty((0, 4)))),
    BadInput("a table without columns", lambda it: Autoencoder().fit(np.empty((30, 0)))),
    BadInput("a list of rows of different lengths", lambda it: Autoencoder().fit([[1.0, 2.0], [3.0]])),
    BadInput("an empty list", lambda it: Autoencoder().fit([])),
    BadInput("a dictionary", lambda it: Autoencoder().fit({"a": [1, 2]})),
    BadInput("a set", lambda it: Autoencoder().fit({1.0, 2.0})),
    BadInput("a generator", lambda it: Autoencoder().fit(row for row in it.X)),
    BadInput("a missing cell", lambda it: Autoencoder(random_state=0).fit(with_cell(it.X, np.nan))),
    BadInput("an infinite cell", lambda it: Autoencoder(random_state=0).fit(with_cell(it.X, np.inf))),
    BadInput(
        "a cell that float32 cannot hold", lambda it: Autoencoder(random_state=0).fit(with_cell(it.X, 1e300))
    ),
    BadInput(
        "an infinite cell where missing ones may be",
        lambda it: Autoencoder(missing="mask", random_state=0).fit(with_cell(it.X, -np.inf)),
    ),
    BadInput("complex numbers", lambda it: Autoencoder().fit(it.X + 1j)),
    BadInput("text in an array", lambda it: Autoencoder().fit(it.X.astype(str).astype(object) + " mg")),
    BadInput(
        "an array of dates", lambda it: Autoencoder().fit(np.full((5, 2), "2026-03-01", "datetime64[D]"))
    ),
    BadInput("an array of records", lambda it: Autoencoder().fit(np.zeros(3, [("a", float), ("b", float)]))),
    BadInput(
        "Python objects in an array",
        lambda it: Autoencoder(random_state=0).fit(with_cell(it.X.astype(object), object)),
    ),
    BadInput("a column of text in a frame", lambda it: Autoencoder().fit(it.frame(kind=it.y))),
    BadInput(
        "a column of dates in a frame",
        lambda it: Autoencoder().fit(it.frame(day=pd.Timestamp("2026-03-01"))),
    ),
    BadInput(
        "a frame with two columns of one name", lambda it: Autoencoder().fit(it.frame()[["w", "x", "w"]])
    ),
    BadInput("a frame without columns", lambda it: Autoencoder().fit(pd.DataFrame(index=range(5)))),
    BadInput("a series of pandas", lambda it: Autoencoder().fit(pd.Series([1.0, 2.0, 3.0]))),
    BadInput("a missing cell in a frame", lambda it: Autoencoder(random_state=0).fit(it.frame(w=np.nan))),
    BadInput("a path in the place of a table", lambda it: Autoencoder().fit("tabel.csv")),
    BadInput(
        "a sparse matrix with an infinite cell",
        lambda it: Autoencoder(random_state=0).fit(scipy.sparse.csr_array(with_cell(it.X, np.inf))),
    ),
    BadInput(
        "one row to learn from",
        lambda it: Autoencoder(validation_fraction=0.5).fit(it.X[:1]),
    ),
    BadInput(
        "rows to validate with other columns", lambda it: Autoencoder().fit(it.X, X_validation=it.X[:, :3])
    ),
    BadInput("no rows to validate", lambda it: Autoencoder().fit(it.X, X_validation=it.X[:0])),
    BadInput(
        "a target to validate without rows",
        lambda it: Autoencoder(supervision_weight=1).fit(it.X, it.y, y_validation=it.y),
    ),
]

WEIGHTS = [
    BadInput("fewer weights than rows", lambda it: Autoencoder().fit(it.X, sample_weight=np.ones(29))),
    BadInput("a negative weight", lambda it: Autoencoder().fit(it.X, sample_weight=-np.ones(30))),
    BadInput(
        "a weight that is missing",
        lambda it: Autoencoder(random_state=0).fit(it.X, sample_weight=np.full(30, np.nan)),
    ),
    BadInput("weights that are all 0", lambda it: Autoencoder().fit(it.X, sample_weight=np.zeros(30))),
    BadInput("weights of text", lambda it: Autoencoder().fit(it.X, sample_weight=it.y)),
    BadInput("a table of weights", lambda it: Autoencoder().fit(it.X, sample_weight=np.ones((30, 2)))),
]

TARGETS = [
    BadInput("a guided code without a target", lambda it: Autoencoder(supervision_weight=1).fit(it.X)),
    BadInput("fewer targets than rows", lambda it: Autoencoder(supervision_weight=1).fit(it.X, it.y[:29])),
    BadInput(
        "targets that are all missing", lambda it: Autoencoder(supervision_weight=1).fit(it.X, [None] * 30)
    ),
    BadInput("a target of one class", lambda it: Autoencoder(supervision_weight=1).fit(it.X, ["red"] * 30)),
    BadInput(
        "a target of text and numbers",
        lambda it: Autoencoder(supervision_weight=1).fit(it.X, [1, "red", 2.5] * 10),
    ),
    BadInput(
        "a target that is infinite",
        lambda it: Autoencoder(supervision_weight=1, random_state=0).fit(
            it.X, with_cell(it.age[:, None], np.inf, 2, 0)[:, 0]
        ),
    ),
    BadInput(
        "text as a target to be regressed on",
        lambda it: Autoencoder(supervision_weight=1, supervision="regression").fit(it.X, it.y),
    ),
    BadInput(
        "a target of complex numbers", lambda it: Autoencoder(supervision_weight=1).fit(it.X, it.age + 1j)
    ),
    BadInput(
        "classes to validate that were not trained on",
        lambda it: Autoencoder(supervision_weight=1).fit(
            it.X, it.y, X_validation=it.X, y_validation=["pink"] * 30
        ),
    ),
]

PARAMETERS = [
    BadInput("a code of width 0", lambda it: Autoencoder(n_components=0).fit(it.X)),
    BadInput("a code of two and a half numbers", lambda it: Autoencoder(n_components=2.5).fit(it.X)),
    BadInput("True as the code's width", lambda it: Autoencoder(n_components=True).fit(it.X)),
    BadInput("hidden layers as one number", lambda it: Autoencoder(hidden_layer_sizes=8).fit(it.X)),
    BadInput("a hidden layer of width -3", lambda it: Autoencoder(hidden_layer_sizes=(8, -3)).fit(it.X)),
    BadInput("a misspelt activation", lambda it: Autoencoder(activation="rleu").fit(it.X)),
    BadInput("an activation as a function", lambda it: Autoencoder(activation=np.tanh).fit(it.X)),
    BadInput("a loss of another library", lambda it: Autoencoder(loss="categorical_crossentropy").fit(it.X)),
    BadInput("a negative learning rate", lambda it: Autoencoder(learning_rate=-0.1).fit(it.X)),
    BadInput("a learning rate that is NaN", lambda it: Autoencoder(learning_rate=float("nan")).fit(it.X)),
    BadInput("a learning rate of text", lambda it: Autoencoder(learning_rate="fast").fit(it.X)),
    BadInput("a batch of no rows", lambda it: Autoencoder(batch_size=0).fit(it.X)),
    BadInput("no epochs", lambda it: Autoencoder(max_epochs=0).fit(it.X)),
    BadInput("half an epoch", lambda it: Autoencoder(max_epochs=0.5).fit(it.X)),
    BadInput("a validation share of 1", lambda it: Autoencoder(validation_fraction=1.0).fit(it.X)),
    BadInput("a seed of text", lambda it: Autoencoder(random_state="today").fit(it.X)),
    BadInput("a negative seed", lambda it: Autoencoder(random_state=-1).fit(it.X)),
    BadInput("a scale that there is not", lambda it: Autoencoder(scale="robust").fit(it.X)),
    BadInput("missing cells dropped", lambda it: Autoencoder(missing="drop").fit(it.X)),
    BadInput(
        "cross-entropy of numbers beyond 0 and 1",
        lambda it: Autoencoder(loss="binary_cross_entropy", scale=None, random_state=0).fit(it.X * 9),
    ),
    BadInput("a penalty that there is not", lambda it: Autoencoder(penalty={"l2": 0.1}).fit(it.X)),
    BadInput("a penalty without a weight", lambda it: Autoencoder(penalty="weight_decay").fit(it.X)),
    BadInput("a negative penalty", lambda it: Autoencoder(penalty={"weight_decay": -1}).fit(it.X)),
    BadInput("a top-k bottleneck without its k", lambda it: Autoencoder(bottleneck="topk").fit(it.X)),
    BadInput(
        "a top-k bottleneck that keeps more than there is",
        lambda it: Autoencoder(bottleneck="topk", bottleneck_params={"k": 5}).fit(it.X),
    ),
    BadInput(
        "a setting of another optimizer",
        lambda it: Autoencoder(optimizer="adam", optimizer_params={"momentum": 0.9}).fit(it.X),
    ),
    BadInput("a schedule that there is not", lambda it: Autoencoder(learning_rate_schedule="warp").fit(it.X)),
    BadInput(
        "early stopping without rows to validate",
        lambda it: Autoencoder(early_stopping=True, validation_fraction=0, max_epochs=3).fit(it.X),
    ),
    BadInput("an amount of memory that is none", lambda it: Autoencoder(max_memory="lots").fit(it.X)),
    BadInput("noise that there is not", lambda it: DenoisingAutoencoder(noise="pink").fit(it.X)),
    BadInput("negative noise", lambda it: DenoisingAutoencoder(noise=-0.2).fit(it.X)),
    BadInput(
        "noise on more than all cells",
        lambda it: DenoisingAutoencoder(noise={"kind": "masking", "fraction": 1.5}).fit(it.X),
    ),
    BadInput(
        "a kind of sparsity that there is not", lambda it: SparseAutoencoder(sparsity="kl+l1").fit(it.X)
    ),
    BadInput(
        "more active units than the code has", lambda it: SparseAutoencoder(4, sparsity="topk", k=9).fit(it.X)
    ),
    BadInput("a negative beta", lambda it: VariationalAutoencoder(beta=-1).fit(it.X)),
    BadInput(
        "an encoder without a decoder", lambda it: Autoencoder(encoder=lambda key, shape: None).fit(it.X)
    ),
    BadInput(
        "a learning rate under which the loss is infinite",
        lambda it: Autoencoder(
            learning_rate=1e30, optimizer="sgd", initializer="he_normal", max_epochs=3, random_state=0
        ).fit(it.X),
    ),
]

IMAGES = [
    BadInput(
        "rows that do not fill the image", lambda it: ConvolutionalAutoencoder(image_shape=(5, 5)).fit(it.X)
    ),
    BadInput(
        "images of another shape than was said",
        lambda it: ConvolutionalAutoencoder(image_shape=(8, 8)).fit(it.images),
    ),
    BadInput(
        "an image of a negative height",
        lambda it: ConvolutionalAutoencoder(image_shape=(-4, 4)).fit(it.images),
    ),
    BadInput("images of five axes", lambda it: ConvolutionalAutoencoder().fit(np.zeros((2, 4, 4, 3, 1)))),
    BadInput("no filters", lambda it: ConvolutionalAutoencoder(filters=()).fit(it.images)),
    BadInput(
        "a kernel of no height",
        lambda it: ConvolutionalAutoencoder(kernel_size=(0, 3)).fit(it.images),
    ),
    BadInput("images of another size than trained on", lambda it: it.pictures.transform(np.zeros((2, 8, 8)))),
    BadInput(
        "a missing pixel",
        lambda it: ConvolutionalAutoencoder(filters=(2,), random_state=0).fit(np.full((3, 4, 4), np.nan)),
    ),
]

CATEGORIES = [
    BadInput(
        "a category that is no column",
        lambda it: Autoencoder(categories=["colour"]).fit(it.frame(color=it.y)),
    ),
    BadInput("a category by a number beyond the columns", lambda it: Autoencoder(categories=[9]).fit(it.X)),
    BadInput(
        "a column of text beside the categories",
        lambda it: Autoencoder(categories=["kind"]).fit(it.frame(kind=it.y, name=it.y)),
    ),
    BadInput(
        "a category with as many values as rows",
        lambda it: Autoencoder(categories=["w"], max_epochs=1).fit(
            it.frame(w=[f"p{n}" for n in range(30)]).iloc[:, :1]
        ),
    ),
    BadInput(
        "a missing category",
        lambda it: Autoencoder(categories=["kind"], random_state=0).fit(it.frame(kind=[None, "a", "b"] * 10)),
    ),
    BadInput(
        "one category given twice",
        lambda it: Autoencoder(categories=["kind", "kind"]).fit(it.frame(kind=it.y)),
    ),
    BadInput("categories as one word", lambda it: Autoencoder(categories="kind").fit(it.frame(kind=it.y))),
    BadInput(
        "an infinite number beside categories",
        lambda it: Autoencoder(categories=["kind"], random_state=0).fit(it.frame(kind=it.y, w=np.inf)),
    ),
]

FITTED = [
    BadInput("a missing cell in rows to encode", lambda it: it.model.transform(it.frame(w=np.nan))),
    BadInput(
        "rows of fewer columns than were fitted", lambda it: it.model.transform(it.frame()[["w", "x", "y"]])
    ),
    BadInput("rows of more columns than were fitted", lambda it: it.masked.transform(np.ones((2, 6)))),
    BadInput(
        "columns of other names", lambda it: it.model.transform(it.frame().rename(columns={"w": "width"}))
    ),
    BadInput("columns in another order", lambda it: it.model.transform(it.frame()[["x", "w", "y", "z"]])),
    BadInput("no rows to encode", lambda it: it.masked.transform(np.empty((0, 4)))),
    BadInput("one row that is no table", lambda it: it.masked.transform(it.X[0])),
    BadInput("codes of the wrong width", lambda it: it.masked.inverse_transform(np.ones((2, 5)))),
    BadInput("a code that is missing", lambda it: it.masked.inverse_transform(np.full((2, 2), np.nan))),
    BadInput("a code that is infinite", lambda it: it.masked.inverse_transform([[np.inf, 0]])),
    BadInput("codes of text", lambda it: it.masked.inverse_transform([["a", "b"]])),
    BadInput("missing cells filled by a model that knows none", lambda it: it.model.impute(it.X)),
    BadInput(
        "errors by a metric that there is not", lambda it: it.masked.reconstruction_error(it.X, metric="rmse")
    ),
    BadInput("further training with other columns", lambda it: it.masked.partial_fit(it.X[:, :3])),
    BadInput(
        "further training with another code",
        lambda it: Autoencoder(max_epochs=1).fit(it.X).set_params(n_components=3).partial_fit(it.X),
    ),
    BadInput("a parameter that there is not", lambda it: Autoencoder().set_params(n_component=3)),
]

DETECTORS = [
    BadInput("a missing cell in rows to score", lambda it: it.detector.anomaly_score(it.frame(x=np.nan))),
    BadInput(
        "a detector of an autoencoder that there is not", lambda it: AutoencoderDetector("forest").fit(it.X)
    ),
    BadInput("one row to learn what is normal from", lambda it: AutoencoderDetector().fit(it.X[:1])),
    BadInput(
        "half of all rows and more are anomalies", lambda it: AutoencoderDetector(contamination=0.7).fit(it.X)
    ),
    BadInput("a threshold that there is not", lambda it: AutoencoderDetector(threshold="median").fit(it.X)),
    BadInput(
        "a threshold that needs labels, without any",
        lambda it: AutoencoderDetector(threshold="best_f1").fit(it.X),
    ),
    BadInput(
        "a normal label that no row has", lambda it: AutoencoderDetector(normal_label="pink").fit(it.X, it.y)
    ),
    BadInput("labels, none of them normal", lambda it: AutoencoderDetector().fit(it.X, -np.ones(30, int))),
    BadInput(
        "fewer labels than rows of a detector",
        lambda it: AutoencoderDetector(normal_label="red").fit(it.X, it.y[:5]),
    ),
    BadInput("several members that are all alike", lambda it: AutoencoderDetector(n_members=3).fit(it.X)),
    BadInput("folds that are one", lambda it: AutoencoderDetector(cv=1).fit(it.X)),
    BadInput("rows of other columns to score", lambda it: it.watch.anomaly_score(np.ones((3, 7)))),
    BadInput("a false discovery rate of 2", lambda it: it.detector.discover(it.X, 2)),
    BadInput("two rows to explain as one", lambda it: it.detector.explain(it.X[:2])),
    BadInput("a threshold that is NaN", lambda it: it.detector.set_threshold(float("nan"))),
    BadInput(
        "a measurement against labels of other rows", lambda it: it.watch.evaluate(it.X, np.ones(29, int))
    ),
    BadInput(
        "a measurement of a class that there is not",
        lambda it: it.watch.evaluate(it.X, it.y, normal_label="red", positive="odd"),
    ),
]

FEATURES = [
    BadInput("a false discovery rate above 1", lambda it: screen(it.X, it.age, fdr=5)),
    BadInput("a screening for a target that is missing", lambda it: screen(it.X, [np.nan] * 30, fdr=0.1)),
    BadInput("a screening for a constant", lambda it: screen(it.X, np.ones(30), fdr=0.1)),
    BadInput(
        "a screening for as many classes as rows",
        lambda it: screen(it.X, [f"p{n}" for n in range(30)], fdr=0.1),
    ),
    BadInput("a screening of infinite cells", lambda it: screen(with_cell(it.X, np.inf), it.age, fdr=0.1)),
    BadInput("a screening with a target that is too short", lambda it: screen(it.X, it.age[:4], fdr=0.1)),
    BadInput("a screening of two rows", lambda it: screen(it.X[:2], it.age[:2], fdr=0.1)),
    BadInput("a screening for the best none", lambda it: screen(it.X, it.age, top=0)),
    BadInput(
        "a selector by a negative amount of information",
        lambda it: MutualInformationSelector(threshold=-1).fit(it.X, it.y),
    ),
    BadInput("a selector without a target", lambda it: FTestSelector().fit(it.X)),
]

USES = [
    BadInput("more groups than rows", lambda it: find_groups(it.model, it.X, n_clusters=31)),
    BadInput("groups by a method that there is not", lambda it: find_groups(it.model, it.X, method="dbscan")),
    BadInput("groups of one row", lambda it: find_groups(it.model, it.X[:1])),
    BadInput("groups of a detector", lambda it: find_groups(it.detector, it.X)),
    BadInput("more rows held out than there are", lambda it: hold_out(it.X, 40)),
    BadInput("a share of rows held out that is negative", lambda it: hold_out(it.X, -0.2)),
    BadInput("all rows held out", lambda it: hold_out(it.X, 30)),
    BadInput("rows held out by groups of another length", lambda it: hold_out(it.X, 0.2, groups=it.y[:3])),
    BadInput("noise on rows that are none", lambda it: diabolo.add_noise("rows")),
    BadInput("noise of a negative amount on rows", lambda it: diabolo.add_noise(it.X, -1)),
    BadInput("a sweep over no sizes", lambda it: latent_sweep(it.X, n_components=())),
    BadInput("a sweep over a size of 0", lambda it: latent_sweep(it.X, n_components=(0, 2))),
    BadInput(
        "a sweep that writes to a table of rows",
        lambda it: latent_sweep(it.X, n_components=(1,), path="table.csv"),
    ),
    BadInput(
        "predictions measured on no rows",
        lambda it: downstream_score(it.model, it.X, it.age, it.X[:0], it.age[:0]),
    ),
    BadInput(
        "predictions measured with targets of another length",
        lambda it: downstream_score(it.model, it.X, it.age, it.X, it.age[:3]),
    ),
    BadInput("a map of codes that are no table", lambda it: diabolo.plot_codes(np.ones(5))),
    BadInput("a map with labels of another length", lambda it: diabolo.plot_codes(np.ones((5, 2)), it.y[:3])),
    BadInput(
        "a map of components that are not there",
        lambda it: diabolo.plot_codes(np.ones((5, 2)), components=(0, 7)),
    ),
    BadInput("a history of nothing", lambda it: diabolo.plot_history({})),
    BadInput(
        "reconstructions of another shape drawn", lambda it: diabolo.plot_reconstructions(it.X, it.X[:, :2])
    ),
    BadInput(
        "rows drawn as images that they do not fill",
        lambda it: diabolo.plot_reconstructions(it.X, it.X, image_shape=(3, 3)),
    ),
    BadInput(
        "PyOD's detector with a share above a half",
        lambda it: diabolo.pyod.AutoEncoder(contamination=0.9).fit(it.X),
    ),
]

REPORTS = [
    BadInput(
        "a report of a pipeline",
        lambda it: diabolo.report(make_pipeline(MinMaxScaler(), Autoencoder()), it.X),
    ),
    BadInput("a report of a model's file", lambda it: diabolo.report("small.diabolo", it.X)),
    BadInput("a report of rows of fewer columns", lambda it: diabolo.report(it.masked, it.X[:, :3])),
    BadInput("a report of no rows", lambda it: diabolo.report(it.masked, it.X[:0])),
    BadInput("a report with labels of other rows", lambda it: diabolo.report(it.masked, it.X, it.y[:3])),
    BadInput(
        "a report of a component beyond the code",
        lambda it: diabolo.report(it.masked, it.X, components=(0, 7)),
    ),
    BadInput("a report of one component", lambda it: diabolo.report(it.masked, it.X, components=(0,))),
    BadInput(
        "a report by a projection of another library",
        lambda it: diabolo.report(it.masked, it.X, projection="umap"),
    ),
    BadInput(
        "a report of normal rows of an autoencoder",
        lambda it: diabolo.report(it.masked, it.X, it.y, normal_label="red"),
    ),
    BadInput("a report saved as a picture", lambda it: diabolo.report(it.masked, it.X, path="report.png")),
    BadInput("a report of at most no points", lambda it: diabolo.report(it.masked, it.X, max_points=0)),
]

ESTIMATORS = [
    *ROWS,
    *WEIGHTS,
    *TARGETS,
    *PARAMETERS,
    *IMAGES,
    *CATEGORIES,
    *FITTED,
    *DETECTORS,
    *FEATURES,
    *USES,
    *REPORTS,
]
