import { beforeEach, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import { chips } from '@/inbox/chips'
import { asked, fieldsToNarrow, filters, fits, fromAddress, leftAside, narrowBy, narrowedTo, inAddress, listedFields, toAllOpen, toDefault, toFacet, toStage } from '@/state/filters'
import { compare, sort } from '@/state/order'
import { field, option, row, signIn } from './office'

beforeEach(() => {
  signIn()
  toDefault()
  sort.value = 'left'
})

describe('the address', () => {
  it.each([
    [{ stage: 'handling', view: 'mine' }],
    [{ view: 'open' }],
    [{ from: '2026-11-01', to: '2026-11-26', department: 'water' }],
    [{ ended: '1' }],
  ])('is read and written back: %o', (query) => {
    fromAddress(query)
    expect(inAddress()).toEqual(query)
  })

  it.each([
    [{ stage: 'no_such_stage' }],
    [{ from: '2026-02-31' }],
    [{ light: 'blue' }],
    [{ department: ['water', 'fire'] }],
  ])('narrows nothing where it means nothing: %o', (query) => {
    fromAddress(query)
    expect(inAddress()).toEqual({})
  })
})

const VERIFIED = field('verified', 'choice', { name: '核实结果', until: 'filed_at', options: [option('true', '属实'), option('untrue', '不属实')] })
const ROAD = field('road', 'tree_choice', { name: '道路', listed: true, options: [option('all'), option('lane', '支路', 'all')] })

describe('what fields of the form narrow', () => {
  beforeEach(() => {
    signIn(['reported'], { fields: [VERIFIED, ROAD, field('urgency', 'choice', { listed: true, options: [option('normal')] })] })
    toAllOpen()
  })

  it('is asked of the office, and stands in the address', () => {
    toFacet('verified', 'untrue')
    filters.field = { road: 'lane' }
    expect(asked()).toMatchObject({ facet: 'verified:untrue', field: 'road:lane', mine: false })
    const address = inAddress()
    expect(address).toEqual({ facet: 'verified:untrue', field: 'road:lane' })
    toDefault()
    expect([filters.facet, filters.field]).toEqual([{}, {}])
    fromAddress(address as Record<string, string>)
    expect([filters.facet, filters.field]).toEqual([{ verified: 'untrue' }, { road: 'lane' }])
  })

  it('offers a field once that lists both count and show, and narrows by it in one way', () => {
    const both = field('why', 'choice', { listed: true, until: 'closed_at', options: [option('works'), option('funds')] })
    signIn(['reported'], { fields: [VERIFIED, both, ROAD] })
    toFacet('why', 'works')
    const offered = fieldsToNarrow.value.map((one) => `${one.name}.${one.field.id}`)
    expect(offered).toEqual(['facet.verified', 'field.why', 'field.road'])
    expect(narrowedTo('why')).toBe('works')
    narrowBy('field', 'why', 'funds')
    expect(inAddress()).toEqual({ field: 'why:funds' })
    narrowBy('field', 'why', '')
    expect(narrowedTo('why')).toBe('')
  })

  it.each(['facet=verified:perhaps', 'facet=road:lane', 'field=no_field:1', 'field=:'])(
    'narrows nothing where it means nothing: %s',
    (query) => {
      fromAddress(Object.fromEntries(new URLSearchParams(query)))
      expect(inAddress()).toEqual({})
    },
  )

  it('fits what has the value while lists count it, and goes when it is chosen again', () => {
    toFacet('verified', 'untrue')
    expect(fits(row('1', { facets: { verified: 'untrue' } }))).toBe(true)
    expect(fits(row('2', { facets: { verified: 'true' } }))).toBe(false)
    expect(fits(row('3', { fields: { verified: 'untrue' } }))).toBe(false)
    toFacet('verified', 'untrue')
    expect(filters.facet).toEqual({})
  })

  it('stands as a chip with the names of field and value, and its way off', () => {
    toFacet('verified', 'untrue')
    filters.field = { road: 'lane' }
    expect(chips.value.map((one) => one.text)).toEqual(['核实结果：不属实', '道路：支路'])
    chips.value[0]?.off()
    expect(asked()).toMatchObject({ facet: undefined, field: 'road:lane' })
  })

  it('is offered once: what has a filter of its own is not offered again', () => {
    expect(listedFields.value.map((one) => one.id)).toEqual(['road'])
  })
})

describe('what fits', () => {
  it('is what lies with oneself', () => {
    expect(fits(row('1'))).toBe(true)
    expect(fits(row('2', { stage: 'handling' }))).toBe(false)
  })

  it('is what lies with oneself in a stage that waits for many', () => {
    signIn([], { waits: { stages: [], lying: { handling: ['handler:p:liu', 'handler:o:water'] }, asking: [] } })
    const part = (org: string | null, person: string | null) => ({ handler: { org, org_name: null, person, person_name: null } })
    toDefault()
    expect(filters.mine).toBe(true)
    expect(fits(row('1', { stage: 'handling', assignments: part('water', null) }))).toBe(true)
    expect(fits(row('2', { stage: 'handling', assignments: part(null, 'liu') }))).toBe(true)
    expect(fits(row('3', { stage: 'handling', assignments: part('fire', null) }))).toBe(false)
    expect(fits(row('4', { stage: 'reported', assignments: part('water', null) }))).toBe(false)
  })

  it('is all that is open, but not what has ended', () => {
    toAllOpen()
    expect(fits(row('1', { stage: 'handling' }))).toBe(true)
    expect(fits(row('2', { stage: 'closed' }))).toBe(false)
  })

  it('counts days as the city does: late in the evening of the day before in UTC is today there', () => {
    toAllOpen()
    filters.from = filters.to = '2026-11-27'
    expect(fits(row('1', { received_at: '2026-11-26T15:59:59.000Z' }))).toBe(false)
    expect(fits(row('2', { received_at: '2026-11-26T16:00:00.000Z' }))).toBe(true)
  })

  it('shows no light of somebody else to who sees only a part', () => {
    signIn(['reported'], { everything: false })
    toStage('handling')
    filters.light = 'red'
    expect(fits(row('1', { stage: 'handling', light: 'red' }))).toBe(false)
  })
})

describe('a whole number', () => {
  it.each(['00019504', '0001 9504', '０００１９５０４'])('is looked for whatever else is chosen: %s', (typed) => {
    toStage('handling')
    Object.assign(filters, { light: 'red', from: '2026-11-01', q: typed })
    expect(asked()).toEqual({ q: '00019504', mine: false, open: false, sort: 'left' })
    expect(leftAside.value).toBe(true)
    // What was chosen is there again for the next words.
    filters.q = '井盖'
    expect(asked()).toMatchObject({ stage: 'handling', light: 'red', q: '井盖' })
    expect(leftAside.value).toBe(false)
  })

  it.each(['0001950', '000195041', '0001 9504 井盖'])('is no other words: %s', (typed) => {
    toStage('handling')
    filters.q = typed
    expect(asked()).toMatchObject({ stage: 'handling' })
  })

  it('leaves nothing aside where nothing is chosen', () => {
    toAllOpen()
    filters.q = '00019504'
    expect(leftAside.value).toBe(false)
  })
})

it('searches everywhere, and comes back to what was seen before', async () => {
  filters.q = '井盖'
  await nextTick()
  expect(asked()).toMatchObject({ q: '井盖', mine: false, open: false })
  filters.q = ''
  await nextTick()
  expect(filters.mine).toBe(true)
})

it('puts first what has the least time left, the more urgent where it is the same', () => {
  const due = '2026-11-26T12:00:00.000Z'
  const late = row('1', { stage_due: '2026-11-26T13:00:00.000Z' })
  const normal = row('2', { stage_due: due })
  const urgent = row('3', { stage_due: due, urgency: 'urgent' })
  const none = row('4')
  const unknown = row('5', { stage_due: due, urgency: null })
  const sorted = [none, late, unknown, normal, urgent].sort(compare).map((one) => one.number)
  expect(sorted).toEqual(['3', '2', '5', '1', '4'])
})

describe('groups of classes and areas', () => {
  const manhole = { code: '01001', name: '井盖', name_en: '', group: '01', group_name: '市政', group_name_en: '', words: [], conditions: [] }
  const area = (code: string, beginnings = [code]) => ({ code, kind: 'street', name: `街${code}`, name_en: '', beginnings })

  beforeEach(() => {
    signIn(['reported'], { matters: [manhole], areas: [area('3302'), area('33', ['33', '34'])] })
    toAllOpen()
  })

  it('stand in the address, are asked of the office, and go one by one', () => {
    fromAddress({ group: '01', area: '33' })
    expect(inAddress()).toEqual({ group: '01', area: '33' })
    expect(asked()).toMatchObject({ group: '01', area: '33' })
    expect(chips.value.map((one) => one.text)).toEqual(['市政', '街33'])
    chips.value[0]?.off()
    expect(inAddress()).toEqual({ area: '33' })
    fromAddress({ group: '99', area: '9' })
    expect(inAddress()).toEqual({})
  })

  it('say which rows of the feed fit', () => {
    filters.group = '01'
    filters.area = '33'
    expect(fits(row('1', { matter: '01001', cell: '3302' }))).toBe(true)
    expect(fits(row('1', { matter: '01001', cell: '3401' }))).toBe(true)
    expect(fits(row('1', { matter: '01001', cell: '3501' }))).toBe(false)
    expect(fits(row('1', { matter: '01001', cell: null }))).toBe(false)
    expect(fits(row('1', { matter: null, cell: '3302' }))).toBe(false)
  })
})
