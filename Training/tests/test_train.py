import pytest

from deepvid_training import train


@pytest.fixture
def config(tmp_path):
    """Of a run that begins after another."""
    return {"data": {"runs": str(tmp_path)}, "train": {"after": "first"}, "imitation": {"after": ""}}


def test_the_run_before_is_run_first(config, tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(train, "imitate", lambda *arguments: ran.append(arguments))
    assert train.checkpoint_before(config) == tmp_path / "first" / "checkpoint.pt"
    assert ran == [(config, "first", True)]


def test_a_run_that_is_there_is_not_run_again(config, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "imitate", lambda *_: pytest.fail("it is there"))
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "checkpoint.pt").touch()
    assert train.checkpoint_before(config).exists()


def test_imitation_stands_above_train(config, monkeypatch):
    seen = {}

    def run(own, name, resume, until, loss_of):
        seen.update(own["train"], name=name, loss=loss_of({}))

    monkeypatch.setattr(train, "run", run)
    train.imitate(config, "first", False)
    assert seen == {"after": "", "name": "first", "loss": train.ImitationLoss}
