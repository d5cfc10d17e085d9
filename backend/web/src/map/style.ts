// How the city looks: our own sources only, no tiles, no glyph server (labels use local fonts).
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'
import type { CityData } from './city'

export interface Ink {
  ground: string
  grid: string
  duty: string
  water: string
  park: string
  roads: Record<'trunk' | 'main' | 'side' | 'lane', string>
  casing: string
  label: string
  soft: string
  halo: string
  chosen: string
}

const LIGHT: Ink = {
  ground: '#f1f3ef',
  grid: '#c3cdc8',
  duty: '#8fa59e',
  water: '#bcdcea',
  park: '#d5e8d0',
  roads: { trunk: '#fbe3b0', main: '#ffffff', side: '#ffffff', lane: '#ffffff' },
  casing: '#cfd6d2',
  label: '#34413e',
  soft: '#5c6d69',
  halo: '#ffffff',
  chosen: '#0a655d',
}

const DARK: Ink = {
  ground: '#111917',
  grid: '#26322f',
  duty: '#40544e',
  water: '#16313f',
  park: '#183024',
  roads: { trunk: '#54482b', main: '#33403d', side: '#2a3633', lane: '#232e2b' },
  casing: '#0b1110',
  label: '#c9d6d2',
  soft: '#91a49f',
  halo: '#0e1413',
  chosen: '#62cdbf',
}

export const ink = (dark: boolean) => (dark ? DARK : LIGHT)

const FONT = ['Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'sans-serif']

function roadLayers(of: Ink): LayerSpecification[] {
  const ranks = ['lane', 'side', 'main', 'trunk'] as const
  const width = { lane: 1.2, side: 2.2, main: 4, trunk: 5.5 }
  const grow = (base: number, more: number): never =>
    ['interpolate', ['exponential', 1.5], ['zoom'], 12, base * 0.45 + more, 14, base + more, 18, base * 5 + more] as never
  const line = (rank: (typeof ranks)[number], casing: boolean): LayerSpecification => ({
    id: `road-${rank}${casing ? '-casing' : ''}`,
    type: 'line',
    source: 'roads',
    filter: ['==', ['get', 'rank'], rank],
    ...(rank === 'lane' ? { minzoom: 13.5 } : {}),
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: {
      'line-color': casing ? of.casing : of.roads[rank],
      'line-width': grow(width[rank], casing ? 1.6 : 0),
    },
  })
  return [...ranks.map((rank) => line(rank, true)), ...ranks.map((rank) => line(rank, false))]
}

function labelLayers(of: Ink, english: boolean): LayerSpecification[] {
  const name = (english ? ['coalesce', ['get', 'name_en'], ['get', 'name']] : ['get', 'name']) as never
  const text = { 'text-field': name, 'text-font': FONT, 'text-size': 12 }
  const paint = { 'text-color': of.label, 'text-halo-color': of.halo, 'text-halo-width': 1.4 }
  return [
    {
      id: 'road-label',
      type: 'symbol',
      source: 'roads',
      minzoom: 12.6,
      filter: ['in', ['get', 'rank'], ['literal', ['trunk', 'main']]],
      layout: { ...text, 'symbol-placement': 'line', 'symbol-spacing': 360 },
      paint,
    },
    {
      id: 'road-label-small',
      type: 'symbol',
      source: 'roads',
      minzoom: 15.2,
      filter: ['in', ['get', 'rank'], ['literal', ['side', 'lane']]],
      layout: { ...text, 'text-size': 11, 'symbol-placement': 'line', 'symbol-spacing': 300 },
      paint: { ...paint, 'text-color': of.soft },
    },
    {
      id: 'place-label',
      type: 'symbol',
      source: 'places',
      minzoom: 14.3,
      filter: ['!=', ['get', 'kind'], 'estate'],
      layout: { ...text, 'text-max-width': 7, 'text-padding': 8 },
      paint,
    },
    {
      id: 'estate-label',
      type: 'symbol',
      source: 'places',
      minzoom: 15.2,
      filter: ['==', ['get', 'kind'], 'estate'],
      layout: { ...text, 'text-size': 11, 'text-max-width': 7, 'text-padding': 8 },
      paint: { ...paint, 'text-color': of.soft },
    },
  ]
}

export function cityStyle(data: CityData, dark: boolean, english: boolean): StyleSpecification {
  const of = ink(dark)
  const own = (collection: GeoJSON.FeatureCollection, key?: string) => ({
    type: 'geojson' as const,
    data: collection,
    ...(key ? { promoteId: key } : {}),
  })
  return {
    version: 8,
    sources: {
      roads: own(data.roads),
      grids: own(data.grids, 'code'),
      places: own(data.places),
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': of.ground } },
      {
        id: 'park',
        type: 'fill',
        source: 'places',
        filter: ['all', ['==', ['get', 'kind'], 'park'], ['==', ['geometry-type'], 'Polygon']],
        paint: { 'fill-color': of.park },
      },
      {
        id: 'lake',
        type: 'fill',
        source: 'places',
        filter: ['all', ['==', ['get', 'kind'], 'water'], ['==', ['geometry-type'], 'Polygon']],
        paint: { 'fill-color': of.water },
      },
      {
        id: 'river',
        type: 'line',
        source: 'places',
        filter: ['all', ['==', ['get', 'kind'], 'water'], ['==', ['geometry-type'], 'LineString']],
        layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: {
          'line-color': of.water,
          // Metres become pixels: 3.86 px a metre at zoom 18 at this latitude, half of it each level down.
          'line-width': [
            'interpolate', ['exponential', 2], ['zoom'],
            12, ['*', ['coalesce', ['get', 'width_m'], 30], 0.06],
            18, ['*', ['coalesce', ['get', 'width_m'], 30], 3.86],
          ],
        },
      },
      {
        id: 'cells',
        type: 'fill',
        source: 'grids',
        paint: {
          'fill-color': of.chosen,
          'fill-opacity': [
            'case',
            ['boolean', ['feature-state', 'chosen'], false], 0.22,
            ['boolean', ['feature-state', 'under'], false], 0.09,
            0,
          ],
        },
      },
      {
        id: 'cell-lines',
        type: 'line',
        source: 'grids',
        minzoom: 12.8,
        paint: {
          'line-color': of.grid,
          'line-width': ['interpolate', ['linear'], ['zoom'], 13, 0.4, 17, 1.2],
          'line-dasharray': [3, 2],
        },
      },
      ...roadLayers(of),
      {
        id: 'cell-chosen',
        type: 'line',
        source: 'grids',
        paint: {
          'line-color': of.chosen,
          'line-width': ['case', ['boolean', ['feature-state', 'chosen'], false], 2.2, 0],
        },
      },
      ...labelLayers(of, english),
    ],
  }
}
