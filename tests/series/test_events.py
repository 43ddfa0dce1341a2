from diabolo.series.events import Event


def test_an_event_says_when_and_why():
    event = Event(3, 8, "09:00", "10:00", 4.2, {"heat": 0.9, "flow": 0.1})
    assert str(event) == "points 3 to 8 (09:00 to 10:00), score 4.2: heat 90%, flow 10%"
    assert str(Event(3, 3, None, None, 1.0)) == "points 3 to 3, score 1: "
