// Finds streets, estates and landmarks by a few letters; cells by their code; houses by the office.
import { office } from '@/api/office'
import type { Point } from '@/api/types'
import type { CityData } from './city'
import { middleOf } from './grid'

export interface Found {
  id: string
  name: string
  kind: string
  point: Point
}

const MOST = 12
const LEAST = 2
const CELL = /^\d{6,15}$/

/** The middle of a line. */
function halfway(line: GeoJSON.Position[]): Point {
  let rest = lengthOf(line) / 2
  for (const [i, length] of lengthsOf(line).entries()) {
    const [a = 0, b = 0] = line[i] ?? []
    const [x = 0, y = 0] = line[i + 1] ?? []
    if (rest <= length) {
      const t = length ? rest / length : 0
      return { lon: a + (x - a) * t, lat: b + (y - b) * t }
    }
    rest -= length
  }
  const [lon = 0, lat = 0] = line[0] ?? []
  return { lon, lat }
}

function lengthsOf(line: GeoJSON.Position[]): number[] {
  return line.slice(1).map(([x = 0, y = 0], i) => {
    const [a = 0, b = 0] = line[i] ?? []
    return Math.hypot((x - a) * Math.cos((y * Math.PI) / 180), y - b)
  })
}

function lengthOf(line: GeoJSON.Position[]): number {
  return lengthsOf(line).reduce((sum, one) => sum + one, 0)
}

function longest(lines: GeoJSON.Position[][]): GeoJSON.Position[] {
  return [...lines].sort((one, other) => lengthOf(other) - lengthOf(one))[0] ?? []
}

function somewhere(geometry: GeoJSON.Geometry): Point | null {
  switch (geometry.type) {
    case 'Point':
      return { lon: geometry.coordinates[0] ?? 0, lat: geometry.coordinates[1] ?? 0 }
    case 'LineString':
      return halfway(geometry.coordinates)
    case 'MultiLineString':
      return halfway(longest(geometry.coordinates))
    case 'Polygon':
    case 'MultiPolygon': {
      const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
      const ring = parts[0]?.[0] ?? []
      const xs = ring.map(([x = 0]) => x)
      const ys = ring.map(([, y = 0]) => y)
      return {
        lon: (Math.min(...xs) + Math.max(...xs)) / 2,
        lat: (Math.min(...ys) + Math.max(...ys)) / 2,
      }
    }
    default:
      return null
  }
}

function named(properties: GeoJSON.GeoJsonProperties, wanted: string): boolean {
  const aliases = (properties?.['aliases'] ?? []) as string[]
  const spelled = (properties?.['spelled'] ?? []) as string[]
  if (spelled.some((name) => name.startsWith(wanted))) return true
  const names = [properties?.['name'], properties?.['name_en'], ...aliases]
  return names.some((name) => typeof name === 'string' && name.toLowerCase().includes(wanted))
}

/** Houses of the city's streets, read by the office as it reads those of reports. */
export async function houses(typed: string): Promise<Found[]> {
  const words = typed.trim()
  if (words.length < LEAST || CELL.test(words)) return []
  const { items } = await office.houses(words)
  return items.map((one, index) => ({ ...one, id: `h${index}`, kind: 'house' }))
}

/** What is named so, or a cell of that code. */
export function find(data: CityData, typed: string, english: boolean): Found[] {
  const wanted = typed.trim().toLowerCase()
  if (wanted.length < LEAST) return []
  if (CELL.test(wanted)) return cells(data, wanted)
  const simple = [...data.places.features, ...data.roads.features].flatMap((one, index) => {
    if (!named(one.properties, wanted)) return []
    const point = somewhere(one.geometry)
    const properties = one.properties ?? {}
    const name = String((english && properties['name_en']) || properties['name'])
    const kind = String(properties['kind'] ?? 'road')
    return point ? [{ id: `p${index}`, name, kind, point }] : []
  })
  const exact = (one: Found) => Number(!one.name.toLowerCase().startsWith(wanted))
  simple.sort((a, b) => exact(a) - exact(b) || a.name.length - b.name.length)
  return simple.slice(0, MOST)
}

function cells(data: CityData, wanted: string): Found[] {
  return data.grids.features
    .map((cell) => String(cell.properties?.['code']))
    .filter((code) => code.startsWith(wanted))
    .slice(0, MOST)
    .flatMap((code) => {
      const point = middleOf(data, code)
      return point ? [{ id: code, name: code, kind: 'cell', point }] : []
    })
}
