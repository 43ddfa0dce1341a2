"""scikit-learn's own contract, for every public estimator, found by introspection."""

import inspect

import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

import diabolo


def public_estimators():
    found = [getattr(diabolo, name) for name in diabolo.__all__]
    return [thing for thing in found if inspect.isclass(thing) and issubclass(thing, BaseEstimator)]


# The length of these two held-out rows choose, which takes some seconds a fit.
SHORT = {kind: {"max_epochs": 5} for kind in (diabolo.Autoencoder, diabolo.DenoisingAutoencoder)}

# What holding rows out could break.
OF_A_CHOSEN_LENGTH = (
    "check_dict_unchanged",
    "check_dont_overwrite_parameters",
    "check_estimators_dtypes",
    "check_estimators_pickle",
    "check_fit1d",
    "check_fit2d_1feature",
    "check_fit2d_1sample",
    "check_fit_idempotent",
    "check_methods_sample_order_invariance",
    "check_n_features_in_after_fitting",
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weights_not_overwritten",
)


# scikit-learn hands classes 0, 1, 2 to detectors too, which say that they leave them aside.
@pytest.mark.filterwarnings("ignore::diabolo.errors.UnknownLabelsWarning")
# Some checks fit to noise, in which a selector rightly finds nothing.
@pytest.mark.filterwarnings("ignore::diabolo.errors.NothingSelectedWarning")
@parametrize_with_checks([estimator(**SHORT.get(estimator, {})) for estimator in public_estimators()])
def test_scikit_learn_contract(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", OF_A_CHOSEN_LENGTH)
def test_scikit_learn_contract_where_held_out_rows_choose_the_length(name):
    checks = [
        check for _, check in estimator_checks_generator(diabolo.Autoencoder()) if check.func.__name__ == name
    ]
    assert checks
    for check in checks:
        check(diabolo.Autoencoder())


def test_estimators_are_found():
    assert diabolo.Autoencoder in public_estimators()


@pytest.mark.parametrize("estimator", public_estimators())
def test_estimators_do_not_inherit_from_one_another(estimator):
    assert not [
        other for other in public_estimators() if other is not estimator and issubclass(estimator, other)
    ]
