// Which unit grid cell a point lies in, and where a cell lies.
import type { Point } from '@/api/types'
import type { CityData } from './city'

type Ring = GeoJSON.Position[]

function inside(ring: Ring, { lon, lat }: Point): boolean {
  let within = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [x1 = 0, y1 = 0] = ring[i] ?? []
    const [x2 = 0, y2 = 0] = ring[j] ?? []
    const crosses = y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1
    if (crosses) within = !within
  }
  return within
}

function rings(geometry: GeoJSON.Geometry): Ring[] {
  if (geometry.type === 'Polygon') return geometry.coordinates.slice(0, 1)
  if (geometry.type === 'MultiPolygon') return geometry.coordinates.map((part) => part[0] ?? [])
  return []
}

export function cellOf(data: CityData, point: Point): string | null {
  const found = data.grids.features.find((cell) =>
    rings(cell.geometry).some((ring) => inside(ring, point)),
  )
  return found ? String(found.properties?.['code']) : null
}

/** The middle of a cell, or null where the city has none of that code. */
export function middleOf(data: CityData, code: string): Point | null {
  const cell = data.grids.features.find((one) => one.properties?.['code'] === code)
  const ring = cell && rings(cell.geometry)[0]
  if (!ring?.length) return null
  const sum = ring.reduce(([x = 0, y = 0], [a = 0, b = 0]) => [x + a, y + b], [0, 0])
  return { lon: (sum[0] ?? 0) / ring.length, lat: (sum[1] ?? 0) / ring.length }
}

/** West, south, east and north of the whole grid. */
export function boundsOf(data: CityData): [number, number, number, number] {
  const points = data.grids.features.flatMap((cell) => rings(cell.geometry).flat())
  const xs = points.map(([x = 0]) => x)
  const ys = points.map(([, y = 0]) => y)
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}

export const duty = (data: CityData, code: string): string | null => {
  const cell = data.grids.features.find((one) => one.properties?.['code'] === code)
  return (cell?.properties?.['duty'] as string | undefined) ?? null
}
