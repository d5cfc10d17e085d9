// The city's own map data, fetched once: roads, grid, places.
import { shallowRef } from 'vue'
import { office } from '@/api/office'

export interface CityData {
  roads: GeoJSON.FeatureCollection
  grids: GeoJSON.FeatureCollection
  places: GeoJSON.FeatureCollection
}

export const city = shallowRef<CityData | null>(null)
let asking: Promise<CityData> | null = null

export function loadCity(): Promise<CityData> {
  asking ??= Promise.all([
    office.geojson('roads'),
    office.geojson('grids'),
    office.geojson('places'),
  ]).then(
    ([roads, grids, places]) => (city.value = { roads, grids, places }),
    (trouble: unknown) => {
      asking = null
      throw trouble
    },
  )
  return asking
}
