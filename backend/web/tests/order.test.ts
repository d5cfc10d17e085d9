import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asTable, choose, columns, columnsKept, tabled } from '@/state/columns'
import { areasOf, fromAddress, inAddress, toDefault } from '@/state/filters'
import { compare, orderBy, sort, SORTS } from '@/state/order'
import { isTold, told } from '@/inbox/cells'
import { row, signIn } from './office'

const column = (id: string, standard = false) => ({ id, name: id, name_en: id, wide: false, standard, rising: null, falling: null })
const area = (code: string, beginning: string) => ({ code, kind: '', name: code, name_en: code, beginnings: [beginning] })

function standing(): void {
  orderBy('left')
  asTable(false)
  choose([])
}

beforeEach(() => {
  signIn([], { columns: ['stage', 'number', 'text', 'area'].map((id) => column(id, id === 'stage')), areas: [area('33', '33'), area('330', '330')] })
  standing()
  toDefault()
})
afterEach(standing)

describe('the order', () => {
  const rows = [
    row('1', { urgency: 'normal', matter: '02', received_at: '2026-11-26T08:00:00.000Z' }),
    row('2', { urgency: 'critical', matter: '01', received_at: '2026-11-26T09:00:00.000Z' }),
    row('3', { urgency: 'normal', matter: '01', received_at: '2026-11-26T10:00:00.000Z' }),
    row('4', { urgency: null, matter: null, received_at: '2026-11-26T11:00:00.000Z' }),
  ]
  const ordered: Record<string, string> = { newest: '4321', oldest: '1234', urgent: '2134', least_urgent: '4312', matter: '4231', matter_back: '1324', left: '2314' }

  it.each(SORTS)('%s stands as the office has it', (one) => {
    sort.value = one
    expect(rows.toSorted(compare).map((found) => found.number).join('')).toBe(ordered[one])
  })

  it('stands in the address where it is not what everybody has', () => {
    expect(inAddress()).toEqual({})
    fromAddress({ sort: 'urgent' })
    expect(inAddress()).toEqual({ sort: 'urgent' })
    fromAddress({ sort: 'by_mood' })
    expect(sort.value).toBe('left')
  })

  it("is one's own where the address says none, and said where it is another", () => {
    orderBy('newest')
    fromAddress({ sort: 'left' })
    expect([sort.value, inAddress()]).toEqual(['left', { sort: 'left' }])
    fromAddress({})
    expect(sort.value).toBe('newest')
  })
})

describe('the columns', () => {
  it('begin with the number, whatever is chosen, and leave out what is none', () => {
    expect(columnsKept()).toBe('')
    asTable(true)
    expect(columnsKept()).toBe('number,stage')
    choose(['text', 'no_such', 'number', 'stage'])
    expect(columns.value.map((one) => one.id)).toEqual(['number', 'text', 'stage'])
  })

  it('are read from the address and written back; one without them leaves what is the own', () => {
    fromAddress({ columns: 'number,text' })
    expect([tabled.value, inAddress()]).toEqual([true, { columns: 'number,text' }])
    fromAddress({})
    expect([tabled.value, inAddress()]).toEqual([false, {}])
    asTable(true)
    fromAddress({ columns: '' })
    expect([tabled.value, inAddress()]).toEqual([false, { columns: '' }])
  })

  it('tell of a case, and of nothing that they do not know', () => {
    const found = row('1', { cell: '330299', text: '井盖', fields: { road: 'lane', many: 3, yes: true } })
    expect(areasOf(found.cell)).toEqual(['33', '330'])
    expect(['area', 'text', 'field.road', 'field.many', 'field.yes', 'unheard'].map((id) => told(column(id), found))).toEqual(['33 330', '井盖', 'lane', '3', '', ''])
    expect([isTold('unheard'), isTold('field.road')]).toEqual([false, true])
  })
})
