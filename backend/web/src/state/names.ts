// What the city's data speaks of, by its names in the chosen language. A code that it does not know,
// such as one of an older release, stands as it is.
import { computed } from 'vue'
import type { ActionLabel, CityMeta, ShownField, Stage } from '@/api/types'
import { either, named } from '@/words'
import { meta } from './session'

type Called = { id: string; name: string; name_en: string }

function byId<T extends Called>(list: (city: CityMeta) => T[]) {
  return computed(() => new Map((meta.value ? list(meta.value) : []).map((one) => [one.id, one])))
}

export const stages = byId<Stage>((city) => city.stages)
export const actions = byId<ActionLabel>((city) => city.actions)
export const roles = byId<Called>((city) => city.roles)
export const times = byId<Called>((city) => city.times)
export const counted = byId<Called>((city) => city.counts)
/** What binds cases to one another. */
export const links = byId<CityMeta['links'][number]>((city) => city.links)
export const posts = byId<Called>((city) => city.posts)
/** The form, in the order in which it asks. */
export const form = byId<ShownField>((city) => city.fields)

type Code = string | null | undefined

function called(known: Map<string, Called>, code: Code): string {
  const found = known.get(code ?? '')
  return found ? either(found.name, found.name_en) : (code ?? '')
}

/** A post of the city by its name; who acts without one by our own words. */
export const postName = (code: Code) => (posts.value.has(code ?? '') ? called(posts.value, code) : named('post', code))
export const stageName = (code: Code) => called(stages.value, code)
export const roleName = (code: Code) => called(roles.value, code)
export const timeName = (code: Code) => called(times.value, code)
export const countName = (code: Code) => called(counted.value, code)

/** What binds a case to another one is called; `back` is what that one calls it. */
export function linkName(kind: Code, back: boolean): string {
  const found = links.value.get(kind ?? '')
  return back && found?.back ? either(found.back, found.back_en || found.back) : called(links.value, kind)
}

/** Whether a count is of those who have told of the same: people, and no trouble. */
export const isOfFollowers = (count: string) => [...links.value.values()].some((one) => one.goes_along && one.count === count)
/** Whether a count is of cases that are bound to one. */
export const isOfLinks = (count: string) => [...links.value.values()].some((one) => one.count === count)

/** Whether a case has come to its end in this stage. */
export const isEnd = (stage: string) => stages.value.get(stage)?.end ?? false

/** Whether somebody moves a case by this; what the office does by itself is in no workflow. */
export const isMove = (action: Code) => actions.value.has(action ?? '')

/** A move by the workflow's name for it, what the office does by itself by our own. */
export function actionName(code: Code): string {
  return isMove(code) ? called(actions.value, code) : named('step', code)
}

/** What a value, an input or somebody's part is called: by the city's data, else by our own words. */
export function fieldName(code: Code): string {
  const known = [form.value, roles.value, times.value, counted.value].find((one) => one.has(code ?? ''))
  return known ? called(known, code) : named('field', code)
}

/** What a group of classes is called. */
export function groupName(code: Code): string {
  const found = meta.value?.matters.find((one) => one.group === code)
  return found ? either(found.group_name, found.group_name_en) : (code ?? '')
}

/** What a district, street or community is called. */
export function areaName(code: Code): string {
  const found = meta.value?.areas.find((one) => one.code === code)
  return found ? either(found.name, found.name_en) : (code ?? '')
}

/** What a field calls one of its own choices. */
export function optionName(field: Code, code: Code): string {
  const found = form.value.get(field ?? '')?.options.find((one) => one.id === code)
  return found ? either(found.name, found.name_en) : (code ?? '')
}
