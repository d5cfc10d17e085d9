// Open cases near a place: as the map has them, the nearest first.
import { ref, watch } from 'vue'
import { office } from '@/api/office'
import type { Point } from '@/api/types'
import type { Beside } from './CaseLinks.vue'

const REACH_M = 300
const MOST = 8
const METRES_A_DEGREE = 111_320

/** Metres between two points of one city. */
export function metres(one: Point, other: Point): number {
  const east = (one.lon - other.lon) * Math.cos((one.lat * Math.PI) / 180)
  return Math.round(Math.hypot(east, one.lat - other.lat) * METRES_A_DEGREE)
}

/** The open cases near a point that may change. */
export function useNear(point: () => Point | null) {
  const near = ref<Beside[]>([])
  let turns = 0
  watch(
    point,
    async (at) => {
      const turn = ++turns
      near.value = []
      if (!at) return
      const { features } = await office.mapCases(true).catch(() => ({ features: [] }))
      if (turn !== turns) return
      near.value = features
        .map(({ geometry, properties }) => {
          const [lon = 0, lat = 0] = geometry.coordinates
          return { ...properties, far: metres(at, { lon, lat }) }
        })
        .filter(({ far }) => far <= REACH_M)
        .sort((a, b) => a.far - b.far)
        .slice(0, MOST)
    },
    { immediate: true },
  )
  return near
}
