// The limits that count for a filing condition, by how urgent a case is and where it lies.
import type { FilingCondition } from '@/api/types'
import { meta } from './session'

/** Limits such as 4wh: to make safe, to handle, of the whole case; null where there is none. */
export interface Counting {
  safe: string | null
  limit: string | null
  whole: string | null
}

/** The class of areas that a cell lies in: the first whose beginnings fit. */
export function areaClass(cell: string | null) {
  return meta.value?.area_classes.find((one) => one.cells.some((begins) => cell?.startsWith(begins))) ?? null
}

/** Of the variants the first that fits and has a limit of the kind, else the condition's own. */
export function counting(condition: FilingCondition, urgency: string | null, cell: string | null): Counting {
  const area = areaClass(cell)?.id ?? null
  const fitting = condition.variants.filter((one) => [null, urgency].includes(one.urgency) && [null, area].includes(one.area))
  const of = (kind: keyof Counting) => fitting.find((one) => one[kind] !== null)?.[kind] ?? condition[kind]
  return { safe: of('safe'), limit: of('limit'), whole: of('whole') ?? meta.value?.whole ?? null }
}
