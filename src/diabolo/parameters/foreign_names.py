"""What other libraries call a thing, for messages."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FOREIGN_NAMES", "FOREIGN_NOISES", "FOREIGN_PARAMETERS", "FOREIGN_PENALTIES", "FOREIGN_THRESHOLDS"]


def _table(words: Mapping[str, str]) -> dict[str, str]:
    return {word: name for name, listed in words.items() for word in listed.split()}


FOREIGN_NAMES = _table(
    {
        "squared_error": "mse mean_squared_error l2",
        "absolute_error": "mae mean_absolute_error l1",
        "binary_cross_entropy": "bce binary_crossentropy log_loss cross_entropy",
        "huber": "smooth_l1",
        "linear": "identity none",
        "sigmoid": "logistic",
        "minmax": "min_max minmaxscaler unit",
        "maxabs": "max_abs maxabsscaler",
        "standard": "zscore z_score standardize standardise standardscaler",
        "center": "centre mean",
        "common": "isotropic global",
        "glorot_uniform": "xavier_uniform xavier glorot",
        "glorot_normal": "xavier_normal",
        "he_uniform": "kaiming_uniform he",
        "he_normal": "kaiming_normal",
        "sgd": "momentum",
        "cosine": "cosine_decay",
        "beta_1": "betas beta1",
        "beta_2": "beta2",
        "epsilon": "eps",
        "learning_rate": "lr",
        "topk": "top_k k_sparse",
        "gaussian": "variational vae",
        "weight_decay": "weight_l2",
        "kl_sparsity": "kl kl_divergence sparsity",
        "l1_sparsity": "code_l1 activity",
        "contractive": "jacobian",
        "maxpool": "max_pool max_pooling pool pooling",
        "stride": "strided strides",
        "nearest": "upsampling",
        "transposed": "transpose deconvolution",
        "layerwise": "stacked greedy",
        "regression": "regressor number",
        "classification": "classifier classes",
        "warmup_epochs": "kl_warmup warmup",
    }
)
"""What others call losses, activations, scalers, optimizers and the like."""

FOREIGN_PENALTIES = {**FOREIGN_NAMES, "l1": "l1_sparsity", "l2": "weight_decay"}
"""The same where penalties are meant: "l1" and "l2" are losses above."""

FOREIGN_NOISES = _table(
    {
        "gaussian": "normal",
        "masking": "dropout mask zero",
        "salt_and_pepper": "salt_pepper saltpepper s&p",
        "standard_deviation": "std sigma stddev",
        "fraction": "rate p level",
    }
)
"""What others call kinds of noise and their settings."""

FOREIGN_THRESHOLDS = _table(
    {
        "mean+std": "mean_std std",
        "median+mad": "mad median_mad",
        "quantile": "percentile",
        "best_f1": "f1",
        "false_alarm_rate": "fpr",
        "conformal": "fdr pvalue",
    }
)
"""What others call the ways to draw a detector's line."""

FOREIGN_PARAMETERS = FOREIGN_NAMES | _table(
    {
        "k": "top_k",
        "kind": "type model",
        "noise": "corruption noise_level noise_std noise_factor",
        "kernel_size": "kernel",
        "target": "y",
        "max_epochs": "epochs n_epochs num_epochs nb_epoch epoch_num max_iter n_iter",
        "n_components": "components latent latent_dim latent_dims latent_size latent_features n_latent "
        "encoding_dim encoding_size code_dim code_size bottleneck_dim bottleneck_size embedding_dim "
        "embedding_size z_dim",
        "hidden_layer_sizes": "layers hidden_layers hidden_sizes hidden_units hidden_dims hidden_neurons "
        "hidden_neuron_list encoder_layers layer_sizes units",
        "learning_rate": "lr learning_rate_init",
        "learning_rate_schedule": "lr_scheduler lr_schedule scheduler",
        "activation": "activation_function hidden_activation hidden_activation_name act",
        "output_activation": "final_activation last_activation out_activation",
        "initializer": "kernel_initializer weight_init init",
        "optimizer": "optim optimizer_name solver",
        "loss": "criterion loss_fn loss_function",
        "scale": "scaler scaling normalize standardize preprocessing",
        "penalty": "regularizer kernel_regularizer activity_regularizer regularization",
        "max_gradient_norm": "clipnorm clip_norm gradient_clip max_grad_norm",
        "validation_fraction": "val_fraction validation_split val_split validation_size",
        "n_iter_no_change": "patience early_stopping_rounds",
        "tol": "min_delta tolerance",
        "batch_size": "batch minibatch_size batchsize",
        "random_state": "seed random_seed",
    }
)
"""What others call parameters."""
