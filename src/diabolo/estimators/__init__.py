"""What scikit-learn users touch: one estimator a file, none inheriting from another."""
