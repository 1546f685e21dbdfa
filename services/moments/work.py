"""The unit of work of moments: its repositories, each made when first asked for."""

from chassis.work import Work
from services.moments.moments.store.moments import Moments
from services.moments.moments.store.progress import ProgressOfMoments
from services.moments.programs.store.neighbours import Neighbour
from services.moments.programs.store.offers import Offers
from services.moments.programs.store.releases import Releases
from services.moments.residents.store.residents import Residents
from services.moments.units.store.banners import Banners
from services.moments.units.store.categories import CategoriesOfUnits
from services.moments.units.store.units import Units


class MomentsWork(Work):
    @property
    def releases(self) -> Releases:
        repository: Releases = self.repository("releases", Releases)
        return repository

    def neighbour(self, region: str) -> Neighbour:
        """Another region's catalogue, which is written in the same transaction (R38)."""
        repository: Neighbour = self.repository(f"neighbour {region}", lambda work: Neighbour(work, region))
        return repository

    @property
    def offers(self) -> Offers:
        repository: Offers = self.repository("offers", Offers)
        return repository

    @property
    def units(self) -> Units:
        repository: Units = self.repository("units", Units)
        return repository

    @property
    def banners(self) -> Banners:
        repository: Banners = self.repository("banners", Banners)
        return repository

    @property
    def categories(self) -> CategoriesOfUnits:
        repository: CategoriesOfUnits = self.repository("categories", CategoriesOfUnits)
        return repository

    @property
    def residents(self) -> Residents:
        repository: Residents = self.repository("residents", Residents)
        return repository

    @property
    def moments(self) -> Moments:
        repository: Moments = self.repository("moments", Moments)
        return repository

    @property
    def progress(self) -> ProgressOfMoments:
        repository: ProgressOfMoments = self.repository("progress", ProgressOfMoments)
        return repository
