// Cases on the map: a shape and a colour for each light, clusters with their number.
import type { GeoJSONSource, Map as LibreMap } from 'maplibre-gl'
import type { Light } from '@/api/types'

const FILL: Record<Light, [light: string, dark: string]> = {
  green: ['#17693d', '#6fd296'],
  yellow: ['#9a6200', '#f0bd55'],
  red: ['#b3261e', '#ff938a'],
}
const SIZE = 44

function outline(pen: CanvasRenderingContext2D, light: Light): void {
  const middle = SIZE / 2
  pen.beginPath()
  if (light === 'green') {
    pen.arc(middle, middle, 14, 0, 7)
  } else if (light === 'yellow') {
    pen.moveTo(middle, 5)
    pen.lineTo(SIZE - 4, SIZE - 7)
    pen.lineTo(4, SIZE - 7)
    pen.closePath()
  } else {
    const [near, far, corner] = [5, SIZE - 5, 10]
    pen.moveTo(near + corner, near)
    pen.lineTo(far - corner, near)
    pen.lineTo(far, near + corner)
    pen.lineTo(far, far - corner)
    pen.lineTo(far - corner, far)
    pen.lineTo(near + corner, far)
    pen.lineTo(near, far - corner)
    pen.lineTo(near, near + corner)
    pen.closePath()
  }
}

/** A marker drawn on a canvas: circle, triangle or octagon, as beside the numbers in the list. */
export function marker(light: Light, dark: boolean): ImageData {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIZE
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D
  outline(pen, light)
  pen.lineJoin = 'round'
  pen.lineWidth = 7
  pen.strokeStyle = dark ? '#0e1413' : '#ffffff'
  pen.stroke()
  pen.fillStyle = FILL[light][dark ? 1 : 0]
  pen.fill()
  return pen.getImageData(0, 0, SIZE, SIZE)
}

export function addCases(map: LibreMap, points: GeoJSON.FeatureCollection, dark: boolean): void {
  for (const light of ['green', 'yellow', 'red'] as const) {
    if (!map.hasImage(light)) map.addImage(light, marker(light, dark), { pixelRatio: 2 })
  }
  map.addSource('cases', {
    type: 'geojson',
    data: points,
    cluster: true,
    clusterMaxZoom: 15,
    clusterRadius: 46,
    clusterProperties: {
      red: ['+', ['case', ['==', ['get', 'light'], 'red'], 1, 0]],
    },
  })
  map.addLayer({
    id: 'clusters',
    type: 'circle',
    source: 'cases',
    filter: ['has', 'point_count'],
    paint: {
      'circle-color': dark ? '#d5e4e0' : '#28514b',
      'circle-radius': ['interpolate', ['linear'], ['get', 'point_count'], 2, 13, 60, 25],
      'circle-stroke-width': 3,
      'circle-stroke-color': [
        'case',
        ['>', ['get', 'red'], 0], FILL.red[dark ? 1 : 0],
        dark ? '#0e1413' : '#ffffff',
      ],
    },
  })
  map.addLayer({
    id: 'cluster-count',
    type: 'symbol',
    source: 'cases',
    filter: ['has', 'point_count'],
    layout: {
      'text-field': ['to-string', ['get', 'point_count']],
      'text-font': ['sans-serif'],
      'text-size': 13,
      'text-allow-overlap': true,
    },
    paint: { 'text-color': dark ? '#0e1413' : '#ffffff' },
  })
  map.addLayer({
    id: 'case-points',
    type: 'symbol',
    source: 'cases',
    filter: ['!', ['has', 'point_count']],
    layout: {
      'icon-image': ['get', 'light'],
      'icon-allow-overlap': true,
      'symbol-sort-key': ['match', ['get', 'light'], 'red', 3, 'yellow', 2, 1],
    },
  })
}

export function updateCases(map: LibreMap, points: GeoJSON.FeatureCollection): void {
  const source = map.getSource<GeoJSONSource>('cases')
  void source?.setData(points)
}
