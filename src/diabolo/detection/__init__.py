"""Detection: how far from normal a row is, where the line is drawn, and how well that went."""

from __future__ import annotations

from diabolo.detection.known_anomalies import LabelGain
from diabolo.detection.labeled_thresholds import BestF1, FalseAlarmRate, Precision, Recall
from diabolo.detection.pvalues import conformal_pvalues, cross_conformal_pvalues, discoveries
from diabolo.detection.report import DetectionReport, detection_report
from diabolo.detection.threshold_names import THRESHOLDS
from diabolo.detection.thresholds import (
    Conformal,
    Contamination,
    KnownScores,
    MeanStd,
    MedianMAD,
    Quantile,
    Threshold,
)

__all__ = [
    "THRESHOLDS",
    "BestF1",
    "Conformal",
    "Contamination",
    "DetectionReport",
    "FalseAlarmRate",
    "KnownScores",
    "LabelGain",
    "MeanStd",
    "MedianMAD",
    "Precision",
    "Quantile",
    "Recall",
    "Threshold",
    "conformal_pvalues",
    "cross_conformal_pvalues",
    "detection_report",
    "discoveries",
]
