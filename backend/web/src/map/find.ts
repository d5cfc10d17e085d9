// Finds streets with house numbers, estates and landmarks by a few letters; cells by their code.
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
const HOUSE = /^(.*?)\s*(\d{1,4})\s*号?$/

/** A point a share of the way along a line. */
export function along(line: GeoJSON.Position[], share: number): Point {
  const lengths = line.slice(1).map(([x = 0, y = 0], i) => {
    const [a = 0, b = 0] = line[i] ?? []
    return Math.hypot((x - a) * Math.cos((y * Math.PI) / 180), y - b)
  })
  let rest = share * lengths.reduce((sum, one) => sum + one, 0)
  for (const [i, length] of lengths.entries()) {
    const [a = 0, b = 0] = line[i] ?? []
    const [x = 0, y = 0] = line[i + 1] ?? []
    if (rest <= length || i === lengths.length - 1) {
      const t = length ? Math.min(rest / length, 1) : 0
      return { lon: a + (x - a) * t, lat: b + (y - b) * t }
    }
    rest -= length
  }
  const [lon = 0, lat = 0] = line[0] ?? []
  return { lon, lat }
}

function somewhere(geometry: GeoJSON.Geometry): Point | null {
  switch (geometry.type) {
    case 'Point':
      return { lon: geometry.coordinates[0] ?? 0, lat: geometry.coordinates[1] ?? 0 }
    case 'LineString':
      return along(geometry.coordinates, 0.5)
    case 'Polygon': {
      const ring = geometry.coordinates[0] ?? []
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

function house(data: CityData, wanted: string): Found[] {
  const parts = HOUSE.exec(wanted)
  const [, street = '', digits = ''] = parts ?? []
  if (!parts || street.length < 2) return []
  const number = Number(digits)
  return data.roads.features.flatMap((road, index) => {
    const { first = 0, last = 0, name = '' } = (road.properties ?? {}) as Record<string, never>
    if (!named(road.properties, street) || number < first || number > last) return []
    if (road.geometry.type !== 'LineString') return []
    const share = last > first ? (number - first) / (last - first) : 0.5
    const point = along(road.geometry.coordinates, share)
    return [{ id: `h${index}`, name: `${String(name)}${number}号`, kind: 'house', point }]
  })
}

export function find(data: CityData, typed: string, english: boolean): Found[] {
  const wanted = typed.trim().toLowerCase()
  if (wanted.length < 2) return []
  if (/^\d{6,15}$/.test(wanted)) return cells(data, wanted)
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
  return [...house(data, wanted), ...simple].slice(0, MOST)
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
