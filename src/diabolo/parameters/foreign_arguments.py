"""What other libraries call arguments and attributes of classes, and what is said to who writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from diabolo.errors import nearest_name
from diabolo.parameters.foreign_names import FOREIGN_PARAMETERS

__all__ = ["FOREIGN_ARGUMENTS", "FOREIGN_ATTRIBUTES", "argument_hint", "attribute_hint"]

# Longer values are left out of a hint.
_MOST_SHOWN = 60


def _table(words: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for name, listed in words.items():
        for word in listed.split():
            table[word] = (*table.get(word, ()), name)
    return table


FOREIGN_ARGUMENTS = _table(
    {
        # Of constructors, beside FOREIGN_PARAMETERS; epoch_num and its like are those of diabolo.pyod.
        "epoch_num": "epochs n_epochs max_epochs num_epochs max_iter",
        "hidden_neuron_list": "hidden_layer_sizes hidden_layers layers hidden_dims",
        "hidden_activation_name": "activation hidden_activation",
        "lr": "learning_rate",
        "optimizer_name": "optimizer optim",
        "preprocessing": "scale standardize normalize",
        "n_members": "n_estimators ensemble_size",
        "autoencoder": "network model estimator base_estimator",
        "fdr": "alpha false_discovery_rate pvalue p_value",
        "top": "k n_features_to_select max_features n_features",
        "mi": "mutual_information",
        "threshold": "mi min_information cutoff",
        # Of methods.
        "X": "x data inputs x_train x_test",
        "y": "target targets labels y_train y_true label_column",
        "sample_weight": "weights sample_weights",
        "X_validation": "x_val x_valid validation_x eval_set",
        "y_validation": "y_val y_valid validation_y",
        "positive": "pos_label",
        "normal_label": "normal",
        "n_features": "top n n_top",
        "metric": "metrics",
    }
)
"""What others call an argument: names here, of which the first that a class or method has is meant."""

_SENTENCES = {
    **dict.fromkeys(
        ("validation_data", "val_data"),
        "Held-out rows are given as fit(X, X_validation=...), their targets as y_validation=.",
    ),
    "metrics": "Losses of each epoch are in history_; reconstruction_error(X, metric=...) measures rows.",
    "shuffle": "Rows are shuffled in each epoch; the parameter random_state settles their order.",
    **dict.fromkeys(
        ("input_dim", "input_shape", "input_size", "in_features"),
        "The number of features is that of the rows given to fit; leave it out.",
    ),
    **dict.fromkeys(
        ("dropout", "dropout_rate"),
        "Layers have no dropout; noise={'kind': 'masking', 'fraction': 0.2} drops inputs in training.",
    ),
    **dict.fromkeys(("batch_norm", "batchnorm"), "Layers have no batch normalization; leave it out."),
    "steps_per_epoch": "An epoch is one pass over the rows; batch_size is a parameter of the estimator.",
}

FOREIGN_ATTRIBUTES = (
    # Autoencoders.
    (
        "partial_fit",
        "transform(X)",
        "encode embed get_embedding get_embeddings get_latent to_latent project latent",
    ),
    ("partial_fit", "inverse_transform(codes)", "decode generate from_latent"),
    ("partial_fit", "reconstruct(X)", "predict predict_on_batch forward rebuild denoise"),
    ("partial_fit", "score(X) or reconstruction_error(X)", "evaluate test test_on_batch"),
    (
        "partial_fit",
        "network_",
        "get_weights weights trainable_variables state_dict parameters named_parameters layers "
        "components_ encoder_ decoder_ model model_ network",
    ),
    ("partial_fit", "encoder_weights_ and decoder_weights_", "coefs_"),
    ("partial_fit", "encoder_biases_ and decoder_biases_", "intercepts_"),
    ("partial_fit", "history_", "history loss_curve_ losses losses_ loss_"),
    ("partial_fit", "n_components_", "latent_dim encoding_dim n_latent"),
    ("partial_fit", "n_epochs_", "n_iter_ epochs"),
    ("partial_fit", "partial_fit(X)", "train_on_batch train_step training_step"),
    # The detector, and that with PyOD's names.
    ("anomaly_score", "anomaly_score(X)", "anomaly_scores score score_rows get_scores reconstruction_error"),
    ("anomaly_score", "training_scores_", "decision_scores_ train_scores_"),
    ("anomaly_score", "predict(X)", "is_anomaly labels_ predict_labels detect"),
    ("anomaly_score", "anomaly_pvalue(X)", "predict_proba pvalue pvalues p_value"),
    ("anomaly_score", "explain(row)", "feature_importance feature_importances_ shap_values explain_row"),
    (
        "anomaly_score",
        "members_",
        "encode transform decode inverse_transform estimators_ network_ model_ model get_weights history_",
    ),
    (
        "predict_confidence",
        "detector_",
        "members_ model model_ explain feature_contributions set_threshold evaluate anomaly_pvalue "
        "reconstruct",
    ),
    ("predict_confidence", "decision_function(X)", "anomaly_score score score_samples"),
    # Selectors.
    ("get_support", "get_support()", "support_ selected_features_ selected_features kept ranking_"),
    ("get_support", "screening_", "results_ table_ screening found_"),
    # All.
    ("check_parameters", "check_parameters()", "compile build"),
    ("get_params", "diabolo.save(estimator, path)", "save save_model save_weights dump"),
    ("get_params", "diabolo.load(path)", "load load_model load_weights load_state_dict from_pretrained"),
)
"""What others call methods and attributes: a method by which a class is known, what is meant, words."""

_ATTRIBUTES: dict[str, list[tuple[str, str]]] = {}
for _has, _meant_by, _words in FOREIGN_ATTRIBUTES:
    for _word in _words.split():
        _ATTRIBUTES.setdefault(_word, []).append((_has, _meant_by))


def argument_hint(
    owner: str,
    method: str,
    given: str,
    value: Any,
    known: Iterable[str],
    parameters: Iterable[str] = (),
    inner: Iterable[str] = (),
) -> str:
    """Say what an argument that a class or one of its methods does not know was probably meant to be.

    Parameters
    ----------
    owner : str
        The class.
    method : str
        Its method; empty for the constructor.
    given : str
        The argument.
    value : object
        Its value.
    known : iterable of str
        The arguments that there are.
    parameters : iterable of str, optional
        Those of the constructor, where `method` is another.
    inner : iterable of str, optional
        Those of the autoencoder that the constructor takes.

    Returns
    -------
    str
        A sentence with a blank before it, or nothing.

    Examples
    --------
    >>> argument_hint("Autoencoder", "", "latent_dim", 8, ["n_components"])
    ' Did you mean n_components=8?'
    >>> argument_hint("Autoencoder", "fit", "epochs", 5, ["X", "y"], ["max_epochs"])
    ' It is a parameter of the estimator: Autoencoder(max_epochs=5).'
    """
    known, parameters = list(known), list(parameters)
    meant = _meant(given, known)
    if meant is None:
        early = given if given in parameters else _meant(given, parameters)
        if early is not None:
            return f" It is a parameter of the estimator: {owner}({_written(early, value)})."
        within = set(inner)
        part = given if given in within else _meant(given, within)
        if part is not None:
            return f" It is a parameter of the autoencoder: {owner}(Autoencoder({_written(part, value)}))."
        if given.lower() in _SENTENCES:
            return f" {_SENTENCES[given.lower()]}"
        near = nearest_name(given, known)
        if not near:
            return ""
        meant = near.split("'")[1]
    return f" Did you mean {_written(meant, value)}?"


def attribute_hint(given: str, known: Callable[[], Iterable[str]]) -> str:
    """Say what an attribute that there is not was probably meant to be.

    Parameters
    ----------
    given : str
        What was asked for.
    known : callable
        It returns the names of the attributes that there are.

    Returns
    -------
    str
        A sentence with a blank before it, or nothing.

    Examples
    --------
    >>> known = lambda: ["partial_fit", "reconstruct"]
    >>> attribute_hint("encode", known), attribute_hint("recontruct", known)
    (' Did you mean transform(X)?', ' Did you mean reconstruct?')
    """
    # What fit leaves ends in an underscore, and is looked for often before there is any.
    if given not in _ATTRIBUTES and given.endswith("_"):
        return ""
    there = {name for name in known() if not name.startswith("_")}
    for has, written in _ATTRIBUTES.get(given, ()):
        if has in there:
            return f" Did you mean {written}?"
    return nearest_name(given, there).replace("'", "")


def _meant(given: str, known: Iterable[str]) -> str | None:
    plain, there = given.lower(), set(known)
    alike = (name for name in there if name.lower() == plain)
    further = (*alike, FOREIGN_PARAMETERS.get(plain), *FOREIGN_ARGUMENTS.get(plain, ()))
    return next((each for each in further if each in there and each != given), None)


def _written(name: str, value: Any) -> str:
    """Write an argument, its value where that is short and says all of it."""
    if name == "hidden_layer_sizes" and isinstance(value, int):
        value = (value,)
    is_plain = isinstance(value, (str, int, float, tuple, list, dict, type(None)))
    text = repr(value) if is_plain else "..."
    return f"{name}={text if len(text) <= _MOST_SHOWN else '...'}"
