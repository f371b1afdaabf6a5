"""The whole follicle model on one page: read this first.

A follicle grows a hair (anagen), winds down (catagen), rests (telogen), sheds the hair (exogen) and
stands empty (kenogen), then starts again. Follicles do not know of each other. Every time step goes
through the same list:

1. Load: the androgen load of each follicle, in steps, from severity, time since onset and DHT.
2. Trigger: on its day a trigger throws a share of the growing follicles out of anagen.
3. Count: once a day, what an observer would see.
4. Live: each follicle's clock runs at the rate of its phase (course, season, load; 0 holds it); a
   growing hair that has left the canal grows. A phase ends when its clock has run what the
   follicle drew on entering it; what is left of the step belongs to the next phase. After telogen
   the hair is shed; then comes kenogen, or, in some cycles, anagen at once. At an anagen onset
   the follicle takes its new size, under the load of that moment.
5. Destroy: a scarring disease removes follicles for good.

Written for eyes, not for speed; it shares no code with the package, whose engine and renewal
equation are tested against it. Times in days, calibre in um, clocks and factors 1 at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ANAGEN, CATAGEN, TELOGEN, KENOGEN, LOST = range(5)
PHASES = ("anagen", "catagen", "telogen", "kenogen", "lost")
Floats = np.ndarray
Residence = tuple[str, float, float]  # law of the time in a phase, its mean, its SD over mean


@dataclass(frozen=True, kw_only=True)
class Law:
    """The numbers of the law; those of androgen and all spreads are invented for this page."""

    anagen: Residence = ("lognormal", 1000, 0.5)
    catagen: Residence = ("lognormal", 17, 0.3)
    telogen: Residence = ("lognormal", 100, 0.4)
    kenogen: Residence = ("lognormal", 90, 0.5)
    kenogen_share: float = 1.0  # share of cycles that stand empty after exogen
    emergence_delay: float = 21.0  # a new hair grows this long before it shows
    androgen_drive: tuple[float, ...] = (1.0, 0.0, 0.0, -0.5)  # log rate per unit of load
    size_step: float = 0.4
    androgen_half_size: float = 1.0
    size_hill: float = 2.0
    sensitivity_cv: float = 0.3
    severity_cap: float = 4.0
    calibre_cv: float = 0.2
    vellus_share: float = 0.0
    vellus_size: float = 0.3


@dataclass(frozen=True, kw_only=True)
class Patient:
    """What the patient brings."""

    severity: float = 0.0  # androgen load at full ramp and DHT at rest; 0: healthy
    affected_share: float = 1.0
    onset: float = 0.0  # day from which the first follicle is affected
    onset_spread: float = 0.0
    ramp: float = 1825.0
    reserve: float = 1.0  # largest size that the papilla can build
    full_calibre: float = 75.0
    phase_scale: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Course:
    """What the days bring: one row or number per day; None is rest."""

    clock: Floats | None = None  # (days, 4)
    growth: Floats | None = None
    calibre: Floats | None = None  # factor that a growing shaft relaxes to
    relaxation: float = 0.0  # in this many days
    hazard: Floats | None = None  # of destruction, per day
    dht: Floats | None = None
    exits: tuple[tuple[int, float, float], ...] = ()  # day, share, share of these shed at once
    season: tuple[float, float] = (0.0, 0.0)  # amplitude on the anagen clock, day of its peak


def draw(rng: np.random.Generator, law: Residence, n: int, *, found: bool = False) -> Floats:
    """Draw times in a phase; ``found``: in the one a random moment hits (long ones more often)."""
    name, mean, cv = law
    if name == "fixed":
        return np.full(n, float(mean))
    if name == "lognormal":
        s2 = np.log(1 + cv**2)
        return np.asarray(mean * np.exp(s2 * (found - 0.5) + np.sqrt(s2) * rng.standard_normal(n)))
    shape = 1.0 if name == "exponential" else 1 / cv**2
    return np.asarray(rng.gamma(shape + found, mean / shape, n))


def stairs(x: Floats, step: float) -> Floats:
    """Round to the nearest step, halves upward."""
    return step * np.floor(x / step + 0.5)


class Scalp:
    """Many follicles, one array per property; ``i`` are the numbers of some of them."""

    def __init__(self, n: int, law: Law, patient: Patient, rng: np.random.Generator) -> None:
        self.n, self.law, self.patient, self.rng, self.shed = n, law, patient, rng, 0
        phases = (law.anagen, law.catagen, law.telogen, law.kenogen)
        self.residence = [
            (p[0], p[1] * s, p[2]) for p, s in zip(phases, patient.phase_scale, strict=True)
        ]
        self.severity = patient.severity * draw(rng, ("lognormal", 1.0, law.sensitivity_cv), n)
        self.severity = np.minimum(self.severity, law.severity_cap)
        self.severity[rng.random(n) >= patient.affected_share] = 0.0
        self.disease = patient.onset + patient.onset_spread * rng.random(n)
        self.full = patient.full_calibre * draw(rng, ("lognormal", 1.0, law.calibre_cv), n)
        self.full[rng.random(n) < law.vellus_share] *= law.vellus_size
        self.size, self.drive = np.full(n, min(1.0, patient.reserve)), np.ones(n)
        self.speed = 1.0
        self.shows, self.phase = np.zeros(n, dtype=bool), np.zeros(n, dtype=int)
        self.length, self.onset, self.left = np.zeros((3, n))

    def settle(self) -> None:
        """Day 0 of a scalp long at rest: a random moment of a random cycle."""
        weight = np.array([mean for _, mean, _ in self.residence])
        weight[KENOGEN] *= self.law.kenogen_share
        self.phase = self.rng.choice(4, self.n, p=weight / weight.sum())
        grew = draw(self.rng, self.residence[ANAGEN], self.n)  # by the hair of a follicle at rest
        for p, law in enumerate(self.residence):
            i = np.flatnonzero(self.phase == p)
            whole, part = draw(self.rng, law, len(i), found=True), self.rng.random(len(i))
            self.left[i] = whole * (1 - part)
            if p == ANAGEN:
                grew[i], self.onset[i] = whole * part, -whole * part
        self.shows = (self.phase != KENOGEN) & (grew >= self.law.emergence_delay)
        self.length = self.shows * self.size * (grew - self.law.emergence_delay)

    def enter(self, phase: int, i: Floats) -> None:
        """Enter a phase and draw how long its clock must run."""
        self.phase[i], self.left[i] = phase, draw(self.rng, self.residence[phase], len(i))

    def start_anagen(self, i: Floats, now: Floats, load: Floats) -> None:
        """Start a new hair, of the size that the load allows."""
        target = 1 / (1 + (load[i] / self.law.androgen_half_size) ** self.law.size_hill)
        size = self.size[i] + self.law.size_step * (target - self.size[i])
        self.size[i], self.onset[i] = np.minimum(size, self.patient.reserve), now
        self.enter(ANAGEN, i)

    def exogen(self, i: Floats, now: Floats, load: Floats) -> None:
        """Shed the hair; stand empty or grow again at once."""
        self.shed += self.shows[i].sum()
        self.shows[i], self.length[i] = False, 0.0
        empty = self.rng.random(len(i)) < self.law.kenogen_share
        self.enter(KENOGEN, i[empty])
        self.start_anagen(i[~empty], now[~empty], load)

    def trigger(self, share: float, immediate: float, now: float, load: Floats) -> None:
        """Throw a share out of anagen: of these a part sheds at once, the rest enters catagen."""
        out = np.flatnonzero((self.phase == ANAGEN) & (self.rng.random(self.n) < share))
        at_once = self.rng.random(len(out)) < immediate
        self.enter(CATAGEN, out[~at_once])
        self.exogen(out[at_once], np.full(at_once.sum(), now), load)

    def live(
        self, end: float, dt: float, rates: Floats, growth: float, drive: float, load: Floats
    ) -> None:
        """Live one step up to ``end``, phase by phase until the step is used up."""
        theta, i, rest = np.array(self.law.androgen_drive), np.flatnonzero(self.phase < LOST), dt
        self.speed = growth
        while len(i):
            phase = self.phase[i]
            rate = rates[phase] * np.exp(theta[phase] * load[i])
            needs = np.divide(self.left[i], rate, out=np.full(len(i), np.inf), where=rate > 0)
            lived = np.minimum(needs, rest)
            now = end - rest + lived
            shown_for = now - self.onset[i] - self.law.emergence_delay
            grows = phase == ANAGEN
            self.shows[i] |= grows & (shown_for >= 0)
            self.length[i] += grows * self.size[i] * growth * np.clip(shown_for, 0, lived)
            self.drive[i[grows]] = drive
            self.left[i] -= rate * lived
            done = needs <= rest
            self.enter(CATAGEN, i[done & (phase == ANAGEN)])
            self.enter(TELOGEN, i[done & (phase == CATAGEN)])
            for p, what in ((TELOGEN, self.exogen), (KENOGEN, self.start_anagen)):
                what(i[done & (phase == p)], now[done & (phase == p)], load)
            i, rest = i[done], (rest - lived)[done]

    def destroy(self, chance: float) -> None:
        """Remove follicles, hair and all; what a scar took is not counted as shed."""
        i = np.flatnonzero(self.rng.random(self.n) < chance)
        self.phase[i], self.shows[i], self.length[i] = LOST, False, 0.0

    def count(self) -> dict[str, float]:
        """Count what there is to see, and what was shed since the last count."""
        growing = self.shows & (self.phase == ANAGEN)
        calibre, shed, self.shed = (self.full * self.size * self.drive)[self.shows], self.shed, 0
        return {name: (self.phase == p).sum() for p, name in enumerate(PHASES)} | {
            "visible": self.shows.sum(),
            "shed": shed,
            "length": self.length.sum(),  # size x days of full growth
            "growth": self.size[growing].sum(),
            "mass": ((self.full * self.drive) ** 2 * self.size**3)[growing].sum() * self.speed,
            "calibre": calibre.sum(),
            "calibre_squared": (calibre**2).sum(),
            "nonvellus": (calibre >= 30).sum(),
            "terminal": (calibre >= 60).sum(),
        }


def simulate(
    n: int,
    days: int,
    *,
    law: Law = Law(),
    patient: Patient = Patient(),
    course: Course = Course(),
    start: str = "stationary",
    dt: float = 1.0,
    seed: int = 0,
) -> dict[str, Floats]:
    """Follow ``n`` follicles; sums by name at the instants 0 to ``days``; ``dt`` divides a day.

    A trigger acts at the first instant of its day, before the count.
    """
    scalp = Scalp(n, law, patient, np.random.default_rng(seed))
    if start == "stationary":
        scalp.settle()
    else:
        scalp.enter(ANAGEN, np.arange(n))

    def table(given: Floats | None, rest: Floats) -> Floats:
        return rest if given is None else given

    ones, seen, y = np.ones(days), [], 1.0
    clock, hazard = table(course.clock, np.ones((days, 4))), table(course.hazard, 0 * ones)
    growth, calibre, dht = (table(x, ones) for x in (course.growth, course.calibre, course.dht))
    keep = np.exp(-dt / course.relaxation) if course.relaxation else 0.0
    per_day = round(1 / dt)
    for step in range(days * per_day):
        day, t, middle = step // per_day, step * dt, (step + 0.5) * dt
        ramp = np.clip((middle - scalp.disease) / patient.ramp, 0, 1)
        load = stairs(scalp.severity * ramp, 0.1) * stairs(dht[day], 0.05)
        if step % per_day == 0:
            for _, share, immediate in (e for e in course.exits if e[0] == day):
                scalp.trigger(share, immediate, t, load)
            seen.append(scalp.count())
        wave = np.cos(2 * np.pi * (middle - course.season[1]) / 365.25)
        rates = clock[day] * [np.exp(course.season[0] * wave), 1, 1, 1]
        y = calibre[day] + (y - calibre[day]) * keep
        scalp.live(t + dt, dt, rates, growth[day], y, load)
        scalp.destroy(1 - np.exp(-hazard[day] * dt))
    seen.append(scalp.count())
    return {name: np.array([row[name] for row in seen], dtype=float) for name in seen[0]}


def main(n: int = 2000) -> None:
    """Print fifteen years of a healthy and of an affected scalp."""
    affected = Patient(severity=1.0, affected_share=0.7, onset_spread=1825.0)
    columns = (*PHASES[:4], "visible", "terminal")
    for name, patient in (("healthy", Patient()), ("affected", affected)):
        seen = simulate(n, 365 * 15, patient=patient)
        print(f"{name:9}", *(f"{column:>9}" for column in columns))
        for year in (0, 1, 2, 5, 10, 15):
            print(f"year {year:4}", *(f"{seen[c][365 * year] / n:9.1%}" for c in columns))


if __name__ == "__main__":
    main()
