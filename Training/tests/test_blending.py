import torch
from torch import nn

from deepvid_training.blending import measure, mix


def network(seed):
    """A convolution with normalisation, of random weights."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


def test_mix_goes_from_the_first_to_the_trained():
    first, trained = network(1), network(2)
    weight = "0.weight"
    assert torch.equal(mix(first, trained, 0.0)[weight], first.state_dict()[weight])
    assert torch.equal(mix(first, trained, 1.0)[weight], trained.state_dict()[weight])
    middle = (first.state_dict()[weight] + trained.state_dict()[weight]) / 2
    assert torch.allclose(mix(first, trained, 0.5)[weight], middle)


def test_statistics_are_those_of_the_pictures():
    model, batches = network(3), [torch.rand(8, 3, 16, 16) for _ in range(4)]
    measure(model, batches)
    outputs = torch.cat([model(b) for b in batches]).transpose(0, 1).flatten(1)
    assert torch.allclose(outputs.mean(1), torch.zeros(4), atol=1e-2)
    assert torch.allclose(outputs.std(1), torch.ones(4), atol=1e-2)
    assert not model.training
    assert model[1].momentum == nn.BatchNorm2d(4).momentum
