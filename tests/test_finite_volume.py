"""The finite volumes converge to the closed forms, and what is given is accounted for."""

import numpy as np
import pytest
from scipy.special import erfc

from anagen.delivery.depot import slab_source, smoluchowski_capture, sphere_source, steady_slab
from anagen.delivery.finite_volume import Medium, slab_mesh, solve, sphere_mesh

LINEAR = Medium(diffusion=0.0864, loss=1.66, fluid_share=0.5)
HUNGRY = Medium(
    diffusion=0.05, loss=0.8, fluid_share=0.5, capacity=4e10, half_saturation=1.8e10
)  # fmt: skip


def observed_orders(error):
    """Orders of convergence when mesh and step are halved together, coarse to fine."""
    errors = np.array([error(n) for n in (40, 80, 160, 320)])
    return np.log2(errors[:-1] / errors[1:])


def test_a_sphere_converges_at_second_order():
    radius, outer = 0.75, 3.0

    def error(n):
        mesh = sphere_mesh(outer, n)
        start = np.where(mesh.centres < radius, 1.0, 0.0)
        found = solve(mesh, LINEAR, np.array([0.0, 1.0]), initial=start, steps=n // 4)
        exact = sphere_source(mesh.centres, 1.0, radius, LINEAR.diffusion, LINEAR.loss)
        return np.sqrt(np.average((found.concentration[-1] - exact) ** 2, weights=mesh.volumes))

    orders = observed_orders(error)
    assert ((orders > 1.8) & (orders < 2.2)).all(), orders


def test_a_slab_converges_at_second_order():
    depth, reach = 0.75, 3.0

    def error(n):
        mesh = slab_mesh(reach, n)
        start = np.where(mesh.centres < depth, 1.0, 0.0)
        found = solve(mesh, LINEAR, np.array([0.0, 1.0]), initial=start, steps=n // 4)
        exact = slab_source(mesh.centres, 1.0, depth, depth, LINEAR.diffusion, LINEAR.loss)
        return np.sqrt(np.mean((found.concentration[-1] - exact) ** 2))

    orders = observed_orders(error)
    assert ((orders > 1.8) & (orders < 2.2)).all(), orders


@pytest.mark.parametrize("absorbing", [False, True])
@pytest.mark.parametrize("steps", [1, 7])
def test_what_is_given_is_in_the_tissue_or_cleared_or_taken_or_captured(steps, absorbing):
    mesh = sphere_mesh(4.0, 100, inner=0.1, absorbing=absorbing)
    start = np.where(mesh.centres < 2.9, 2e10, 0.0)
    times = np.array([0.0, 0.01, 0.3, 1.0, 3.0])
    found = solve(mesh, HUNGRY, times, initial=start, supply=3e9, until=0.5, steps=steps)
    assert found.imbalance < 1e-10
    assert found.taken[-1] > 0.05 * found.given[-1]
    assert found.cleared[-1] > 0.05 * found.given[-1]
    assert (found.captured[-1] > 0) == absorbing
    # supply of 3e9 per mL of fluid and day for half a day
    expected = found.given[0] + 3e9 * 0.5 * 0.5 * mesh.volumes.sum()
    assert found.given[-1] == pytest.approx(expected, rel=1e-12)


def test_an_even_medium_decays_exactly():
    mesh = slab_mesh(1.0, 10)
    found = solve(mesh, LINEAR, np.linspace(0, 1, 11), initial=5.0, steps=40)
    assert found.concentration[-1] == pytest.approx(np.full(10, 5 * np.exp(-1.66)), rel=1e-5)


def test_saturable_uptake_of_an_even_medium_follows_its_implicit_solution():
    # without loss: K ln(C0/C) + C0 - C = Vmax t / phi
    medium = Medium(diffusion=0.1, fluid_share=0.4, capacity=2.0, half_saturation=3.0)
    found = solve(slab_mesh(1.0, 5), medium, np.array([0.0, 2.0]), initial=9.0, steps=400)
    c = found.concentration[-1, 0]
    assert 3 * np.log(9 / c) + 9 - c == pytest.approx(2 * 2 / 0.4, rel=1e-5)


def test_saturable_uptake_is_linear_when_thin_and_leaves_more_when_not():
    linear = Medium(diffusion=0.05, loss=0.8 + 4e10 / 1.8e10 / 0.5, fluid_share=0.5)
    mesh, times = sphere_mesh(4.0, 80), np.array([0.0, 0.5])
    inside = np.where(mesh.centres < 2.9, 1.0, 0.0)

    def left(medium, dose):
        return solve(mesh, medium, times, initial=dose * inside, steps=40).tissue[-1] / dose

    assert left(HUNGRY, 1e4) == pytest.approx(left(linear, 1e4), rel=1e-5)
    shares = [left(HUNGRY, dose) for dose in (1e8, 1e10, 1e12)]
    assert (np.diff(shares) > 0).all()
    unfed = Medium(diffusion=0.05, loss=0.8, fluid_share=0.5)
    assert shares[-1] < left(unfed, 1.0)


def test_an_absorbing_sphere_captures_at_the_limit_of_smoluchowski():
    # from an even start the rate is 4 pi D a C (1 + a/sqrt(pi D t)); mm and mL
    radius, diffusion, far = 0.06, 0.0864, 1e10
    mesh = sphere_mesh(3.06, 1500, inner=radius, absorbing=True)
    times = np.linspace(0, 1, 11) ** 2
    found = solve(mesh, Medium(diffusion=diffusion), times, initial=far, steps=20)
    rate = smoluchowski_capture(radius, diffusion, far / 1000)
    exact = rate * (times + 2 * radius * np.sqrt(times / (np.pi * diffusion)))
    assert found.captured[1:] == pytest.approx(exact[1:], rel=5e-3)
    late = (found.captured[-1] - found.captured[-2]) / (times[-1] - times[-2])
    assert rate < late < 1.15 * rate


def test_the_front_of_an_absorbing_sphere_is_that_of_theory():
    # C = C0 (1 - a/r erfc((r - a)/sqrt(4 D t)))
    mesh = sphere_mesh(2.06, 1000, inner=0.06, absorbing=True)
    found = solve(mesh, Medium(diffusion=0.0864), np.array([0.0, 0.1, 0.5]), initial=1.0, steps=100)
    for t, c in zip((0.1, 0.5), found.concentration[1:], strict=True):
        r = mesh.centres
        exact = 1 - 0.06 / r * erfc((r - 0.06) / np.sqrt(4 * 0.0864 * t))
        assert np.abs(c - exact)[r < 1.0].max() < 2e-3


def test_a_fed_slab_settles_to_the_steady_profile():
    # supplied in a thin layer at the surface; below it the profile falls as cosh towards the floor
    medium = Medium(diffusion=0.0864, loss=1.66)
    mesh = slab_mesh(0.5, 200)
    supply = np.zeros(200)
    supply[0] = 1.0
    c = solve(mesh, medium, np.array([0.0, 1.0, 20.0]), supply=supply, steps=60).concentration[-1]
    shape = steady_slab(0.5 - mesh.centres, 0.5, 0.0864, 1.66)
    assert c[1:] / c[1] == pytest.approx(shape[1:] / shape[1], rel=2e-4)
