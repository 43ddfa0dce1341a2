"""Fifty measurements of a pumping station, hour by hour, as its operators would have them."""

from __future__ import annotations

import numpy as np
import pandas as pd

N_HOURS = 4000
_PUMPS = ("A", "B", "C", "D", "E")
_OF_A_PUMP = (
    "flow m3/h",
    "speed rpm",
    "power kW",
    "current A",
    "bearing C",
    "winding C",
    "vibration mm/s",
    "seal bar",
)


def station(random_state: int = 0) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Draw the hours of a station of five pumps, three of which run by day and one by night.

    Demand goes with the hour and the season, pumps share it, and the others' readings follow from each one's
    flow, its wear and the weather. In some hours a pump's filter is clogged, in some a bearing runs hot.

    Parameters
    ----------
    random_state : int, default 0

    Returns
    -------
    table : DataFrame of shape (4000, 50)
    state : ndarray of str, shape (4000,)
        What the station does in that hour.
    temperature : ndarray of shape (4000,)
        Of the air outside, in degrees Celsius: not among the 50.
    """
    random = np.random.default_rng(random_state)
    hour = np.arange(N_HOURS) * 2
    day, season = 2 * np.pi * hour / 24, 2 * np.pi * hour / 8766
    temperature = 11 - 9 * np.cos(season) - 4 * np.cos(day) + random.normal(0, 2, N_HOURS)
    demand = 520 - 240 * np.cos(day - 0.5) + 90 * np.clip(temperature - 18, 0, None) / 5
    demand = np.clip(demand + random.normal(0, 35, N_HOURS), 60, None)
    state = np.select([demand < 340, demand < 640], ["night: one pump", "two pumps"], "day: three pumps")
    trouble = random.choice(["", "clogged filter", "hot bearing"], N_HOURS, p=[0.96, 0.022, 0.018])
    state = np.where(trouble == "", state, trouble)
    running = np.select([demand < 340, demand < 640], [1, 2], 3)
    first = (hour // 168) % len(_PUMPS)
    columns: dict[str, np.ndarray] = {}
    for place, pump in enumerate(_PUMPS):
        turn = (place - first) % len(_PUMPS)
        is_on = turn < running
        struck = (turn == 0) & (trouble != "")
        flow = np.where(is_on, demand / running, 0) * np.where(struck & (trouble == "clogged filter"), 0.6, 1)
        wear = 1 + 0.1 * place + hour / 8766 * 0.3
        speed = np.where(is_on, 900 + 1.9 * demand / running, 0)
        power = np.where(is_on, 6 + 2.4e-7 * speed**2.2 * wear, 0.2)
        hot = np.where(struck & (trouble == "hot bearing"), 34, 0)
        bearing = 18 + 0.4 * temperature + np.where(is_on, 22 * wear, 0) + hot
        readings = (
            *(
                flow,
                speed,
                power,
                power * 1.83 + 0.4,
                bearing,
                bearing + 0.9 * power,
                0.3 + is_on * 1.4 * wear,
            ),
            np.where(is_on, 3.1 + 0.002 * flow, 2.2),
        )
        for name, values in zip(_OF_A_PUMP, readings, strict=True):
            noise = random.normal(0, 0.02 * values.std() + 0.01, N_HOURS)
            columns[f"pump {pump} {name}"] = values + noise
    total = sum(columns[f"pump {pump} flow m3/h"] for pump in _PUMPS)
    level = 4.2 - 0.002 * (demand - 520) + random.normal(0, 0.05, N_HOURS)
    clogged = trouble == "clogged filter"
    columns |= {
        "station flow m3/h": total,
        "outlet pressure bar": 5.6 - 0.0011 * total + random.normal(0, 0.03, N_HOURS),
        "inlet pressure bar": 0.42 + 0.09 * level - 0.15 * clogged + random.normal(0, 0.01, N_HOURS),
        "filter drop mbar": 40 + 2.5e-4 * total**2 + 160 * clogged + random.normal(0, 5, N_HOURS),
        "tank level m": level,
        "water C": 9 + 0.25 * temperature + random.normal(0, 0.2, N_HOURS),
        "hall C": 16 + 0.35 * temperature + 0.8 * running + random.normal(0, 0.4, N_HOURS),
        "turbidity NTU": 0.3 + 0.2 * clogged + random.gamma(2, 0.05, N_HOURS),
        "chlorine mg/l": 0.5 - 0.004 * temperature + random.normal(0, 0.02, N_HOURS),
        "conductivity uS/cm": 410 + 1.5 * temperature + random.normal(0, 6, N_HOURS),
    }
    return pd.DataFrame(columns), state, temperature
