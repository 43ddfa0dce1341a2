"""scikit-learn's own contract, for every public estimator, found by introspection."""

import inspect

import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

import diabolo


def public_estimators():
    found = [getattr(diabolo, name) for name in diabolo.__all__]
    return [thing for thing in found if inspect.isclass(thing) and issubclass(thing, BaseEstimator)]


# Of the two whose length held-out rows choose, which takes some seconds a fit, one is checked with it.
SHORT = {diabolo.DenoisingAutoencoder: {"max_epochs": 5}}


# scikit-learn hands classes 0, 1, 2 to detectors too, which say that they leave them aside.
@pytest.mark.filterwarnings("ignore::diabolo.errors.UnknownLabelsWarning")
# Some checks fit to noise, in which a selector rightly finds nothing.
@pytest.mark.filterwarnings("ignore::diabolo.errors.NothingSelectedWarning")
@parametrize_with_checks([estimator(**SHORT.get(estimator, {})) for estimator in public_estimators()])
def test_scikit_learn_contract(estimator, check):
    check(estimator)


def test_estimators_are_found():
    assert diabolo.Autoencoder in public_estimators()


@pytest.mark.parametrize("estimator", public_estimators())
def test_estimators_do_not_inherit_from_one_another(estimator):
    assert not [
        other for other in public_estimators() if other is not estimator and issubclass(estimator, other)
    ]
