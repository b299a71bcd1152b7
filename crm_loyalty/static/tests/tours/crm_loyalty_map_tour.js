import { registry } from "@web/core/registry";

const card = ".o_contact_map_card";

function choose(choice, value) {
    return {
        content: `Choose ${choice} ${value}`,
        trigger: `${card} [data-choice='${choice}'] button[data-value='${value}']`,
        run: "click",
    };
}

/** A new person in four fields; Enter or a button adds. */
function addPerson(name, { point, attitude, influence, button = "next" }) {
    return [
        {
            content: `Type the name of ${name}`,
            trigger: `${card} .o_add_form:not(:has(.o_add_title)) .o_add_name input`,
            run: `edit ${name}`,
        },
        {
            content: "It is a new contact",
            trigger: `${card} .o_create a`,
            run: "click",
        },
        ...(point
            ? [
                  {
                      content: `It is the point of ${point}`,
                      trigger: `${card} button[data-point='${point}']:not(.active)`,
                      run: "click",
                  },
              ]
            : []),
        choose("attitude", attitude),
        choose("influence", influence),
        {
            content: "Add",
            trigger: `${card} .o_add_${button}`,
            run: "click",
        },
        {
            content: `${name} stands on the map`,
            trigger: `.o_contact_map .o_box .o_name:contains('${name}')`,
        },
    ];
}

function link(source, target, kind, strength) {
    return [
        {
            content: "Link two people",
            trigger: ".o_contact_map_bar .o_link",
            run: "click",
        },
        {
            content: "Who",
            trigger: `${card} .o_source`,
            run: `selectByLabel ${source}`,
        },
        {
            content: "How",
            trigger: `${card} button[data-kind='${kind}']`,
            run: "click",
        },
        {
            content: "Whom",
            trigger: `${card} .o_target`,
            run: `selectByLabel ${target}`,
        },
        choose("strength", strength),
        {
            content: "Link",
            trigger: `${card} .o_link_save:enabled`,
            run: "click",
        },
        {
            content: "The card is closed",
            trigger: `.o_contact_map:not(:has(${card}))`,
        },
    ];
}

function check(what, found, expected) {
    const [is, should] = [found, expected].map((value) => JSON.stringify(value));
    if (is !== should) {
        throw new Error(`${what}: ${is} instead of ${should}`);
    }
}

/** The same places as on paper: see test_map_svg.py. */
function checkLayout() {
    // the picture is lazy: its modules are there once it is
    const { BOX, drawReporting, findNeighbour, layoutForest } = odoo.loader.modules.get(
        "@crm_loyalty/map/lazy/tree_layout"
    );
    const { buildNodes } = odoo.loader.modules.get("@crm_loyalty/map/lazy/map_graph");
    const layoutTeam = (count, span) =>
        layoutForest(
            [...Array(count).keys()].map((id) => ({
                id,
                parent: id ? Math.floor((id - 1) / span) : null,
            }))
        );

    const { places, width, height } = layoutTeam(3, 2);
    check("Head", places.get(0), { x: 114, y: 0 });
    check("Left", places.get(1), { x: 0, y: 120 });
    check("Right", places.get(2), { x: 228, y: 120 });
    check("Size", [width, height], [432, 196]);
    const line = drawReporting(places.get(0), places.get(1));
    check("Line", line, "M216,76V98H102V120");
    const keys = ["ArrowDown", "ArrowUp", "ArrowRight"];
    check(
        "Arrow keys",
        keys.map((key) => findNeighbour(places, key === "ArrowRight" ? 1 : 0, key)),
        [1, null, 2]
    );

    const stack = layoutTeam(5, 4).places;
    check("Stack", stack.get(4), { x: 18, y: 390, rail: 0 });
    check("Rail", drawReporting(stack.get(0), stack.get(4)), "M111,76V98H0V428H18");

    for (const [count, span] of [
        [30, 5],
        [300, 6],
        [300, 24],
    ]) {
        const boxes = [...layoutTeam(count, span).places.values()];
        const touching = boxes.filter((one, index) =>
            boxes
                .slice(0, index)
                .some(
                    (other) =>
                        Math.abs(one.x - other.x) < BOX.width &&
                        Math.abs(one.y - other.y) < BOX.height
                )
        );
        check("Boxes", [boxes.length, touching.length], [count, 0]);
    }

    const person = (id, points, manager_id) => ({
        id,
        contact_id: 10 + id,
        department: "Works",
        manager_id,
        points,
    });
    const people = [person(1, ["power"], 2), person(2, [], 1), person(3, [], 1)];
    const { nodes } = buildNodes(
        { people, others: [], relations: [] },
        new Set(["Works"])
    );
    check("Folded", [...nodes.keys()], ["p1", "dWorks"]);
    const parents = [...nodes.values()].filter(({ parent }) => parent);
    check("No circle", parents.length, 1);
}

registry.category("web_tour.tours").add("crm_loyalty_map_tour", {
    steps: () => [
        {
            content: "Open the people of the deal",
            trigger: ".o_form_view a[name='people']",
            run: "click",
        },
        {
            content: "Start the map",
            trigger: ".o_contact_map_start button",
            run: "click",
        },
        {
            content: "The gap to be filled first is the largest thing there",
            trigger:
                ".o_slot.o_empty[data-slot='power'] .o_fill:contains('No point of power yet')",
            run: "click",
        },
        {
            content: "The point is chosen already; the picture is laid out as on paper",
            trigger: `${card} button[data-point='power'].active`,
            run: checkLayout,
        },
        ...addPerson("Stepan Sidorov", { attitude: 0, influence: 5, button: "save" }),
        {
            content: "The slot is filled",
            trigger: ".o_slot[data-slot='power'] .o_chip:contains('Stepan Sidorov')",
        },
        {
            content: "Four more",
            trigger: ".o_contact_map_bar .o_add",
            run: "click",
        },
        ...addPerson("Irina Ivanova", {
            point: "receptivity",
            attitude: 1,
            influence: 2,
        }),
        ...addPerson("Pavel Petrov", {
            point: "dissatisfaction",
            attitude: 1,
            influence: 3,
        }),
        ...addPerson("Sergey Smirnov", { attitude: -1, influence: 4 }),
        ...addPerson("Olga Orlova", { attitude: 2, influence: 1, button: "save" }),
        {
            content: "No gap is left",
            trigger: ".o_contact_map_ways:not(:has(.o_slot.o_empty))",
        },
        {
            content: "Petrov reports to Sidorov: drop him there",
            trigger: ".o_box:contains('Pavel Petrov')",
            run: "drag_and_drop .o_box:contains('Stepan Sidorov')",
        },
        {
            content: "A line of the tree is drawn",
            trigger: ".o_contact_map_viewport .o_canvas:has(.o_lines .o_reports)",
        },
        ...link("Tour Boris (me)", "Irina Ivanova", "knows", 5),
        ...link("Irina Ivanova", "Stepan Sidorov", "trusts", 4),
        {
            content: "The best way is named with its odds",
            trigger: ".o_chain.o_chosen:contains('61 %')",
        },
        {
            content: "And drawn: two steps",
            trigger:
                ".o_canvas:has(.o_chance:contains('90 %')):has(.o_chance:contains('68 %'))",
        },
        {
            content: "Opponents and supporters at a glance",
            trigger: ".o_view_matrix",
            run: "click",
        },
        {
            content: "The sceptic stands among the strong",
            trigger:
                ".o_contact_map_matrix td[data-drop='cell:-1:4'] .o_chip:contains('Smirnov')",
            run: "drag_and_drop .o_contact_map_matrix td[data-drop='cell:0:4']",
        },
        {
            content: "He has moved",
            trigger:
                ".o_contact_map_matrix td[data-drop='cell:0:4'] .o_chip:contains('Smirnov')",
        },
        {
            content: "Back to the tree",
            trigger: ".o_view_tree",
            run: "click",
        },
        {
            content: "Open a box by the keyboard",
            trigger: ".o_box:contains('Olga Orlova')",
            run: async (helpers) => {
                helpers.anchor.focus();
                await helpers.press("Enter");
            },
        },
        {
            content: "Her card is open; Escape closes it",
            trigger: `${card}:contains('Olga Orlova') header a`,
            run: "press Escape",
        },
        {
            content: "Plan the way",
            trigger: `.o_contact_map:not(:has(${card})) .o_plan`,
            run: "click",
        },
        {
            content: "Accept it",
            trigger: `${card} .o_plan_proposal:first .o_accept`,
            run: "click",
        },
        {
            content: "The plan is made",
            trigger: `.o_contact_map:not(:has(${card}))`,
        },
    ],
});

registry.category("web_tour.tours").add("crm_loyalty_map_phone_tour", {
    steps: () => [
        {
            content: "People are rows; open the supporter",
            trigger: ".o_contact_map_list .o_map_row:contains('Petrov')",
            run: "click",
        },
        choose("attitude", 2),
        {
            content: "His row shows it",
            trigger: ".o_map_row:contains('Petrov') .o_attitude.o_advocate",
        },
        {
            content: "Contact happened",
            trigger: `${card} .o_touch_toggle`,
            run: "click",
        },
        {
            content: "One line",
            trigger: `${card} .o_touch_form input`,
            run: "edit He asks for a trial",
        },
        {
            content: "By phone: that is all",
            trigger: `${card} button[data-channel='call']`,
            run: "click",
        },
        {
            content: "It counts as of today",
            trigger: ".o_map_row:contains('Petrov') .o_touch:contains('0 d')",
        },
        {
            content: "Still true",
            trigger: `${card} .o_still_true`,
            run: "click",
        },
        {
            content: "Close",
            trigger: `${card} .btn-close`,
            run: "click",
        },
        {
            content: "The sheet is gone",
            trigger: `.o_contact_map:not(:has(${card}))`,
        },
    ],
});

const step = (name) => `.o_decision_bar:first .o_decision_steps button:contains('${name}')`;

registry.category("web_tour.tours").add("crm_loyalty_stage_tour", {
    steps: () => [
        {
            content: "In step: nothing to say",
            trigger: ".o_decision_bars:not(:contains('We are ahead'))",
        },
        {
            content: "The customer is still at his needs",
            trigger: step("Recognition of needs"),
            run: "click",
        },
        {
            content: "One step ahead: said in words",
            trigger: ".o_decision_bars:contains('We are ahead of the customer, steps: 1')",
        },
        {
            content: "And a warning on the deal",
            trigger:
                "[name='deal_alert_ids'] .o_data_row:contains('We are ahead of the customer'):contains('Warning')",
        },
        {
            content: "No, he has not even begun",
            trigger: step("Changes over time"),
            run: "click",
        },
        {
            content: "Two steps ahead are critical, and hold the health down",
            trigger:
                "[name='deal_alert_ids'] .o_data_row:contains('We are ahead of the customer'):contains('Critical')",
        },
        {
            content: "Health says what holds it down",
            trigger: ".o_decision_bars:contains('steps: 2')",
        },
        {
            content: "He compares already",
            trigger: step("Evaluation of options"),
            run: "click",
        },
        {
            content: "The alert has closed by itself",
            trigger:
                ".o_form_view:not(:has([name='deal_alert_ids'] .o_data_row:contains('We are ahead')))",
        },
    ],
});

registry.category("web_tour.tours").add("crm_loyalty_what_if_tour", {
    steps: () => [
        {
            content: "What the customer judges by",
            trigger: ".o_form_view a[name='needs']",
            run: "click",
        },
        {
            content: "Where we stand",
            trigger: ".o_what_if_position:contains('55.2')",
        },
        {
            content: "What if the price mattered less",
            trigger: ".o_what_if [data-criterion='Price'] [data-slider='importance'] input",
            run: "range 6",
        },
        {
            content: "Less vulnerable, and why",
            trigger:
                ".o_what_if:has(.o_what_if_position:contains('55.2 → 57.0')) [data-criterion='Price'] .badge:contains('Exposed if raised')",
        },
        {
            content: "What if our price were better, too",
            trigger: ".o_what_if [data-criterion='Price'] [data-slider='ours'] input",
            run: "range 9",
        },
        {
            content: "Each competitor has his own position",
            trigger: ".o_what_if tfoot:contains('→')",
        },
        {
            content: "Back",
            trigger: ".o_what_if button:contains('Back to what is known')",
            run: "click",
        },
        {
            content: "As it was",
            trigger: ".o_what_if:not(:has(button)) .o_what_if_position:contains('55.2')",
        },
    ],
});

/** As any program with the session of the user would call. */
async function call(model, method, args) {
    const response = await fetch(`/web/dataset/call_kw/${model}/${method}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
            jsonrpc: "2.0",
            method: "call",
            params: { model, method, args, kwargs: {} },
        }),
    });
    return response.json();
}

async function refused(model, method, args) {
    const { error, result } = await call(model, method, args);
    const text = JSON.stringify(result ?? null);
    // whoever may export nothing at all is told so first
    if (!/AccessError|UserError/.test(error?.data?.name)) {
        throw new Error(`${model}.${method} answered ${text}`);
    }
}

async function answered(model, method, args) {
    const { error, result } = await call(model, method, args);
    if (error) {
        throw new Error(`${model}.${method}: ${error.data.message}`);
    }
    const text = JSON.stringify(result);
    if (text.includes("fishing") || text.includes("note_private")) {
        throw new Error(`${model}.${method} tells the private note`);
    }
}

/** As a salesperson: the person is his own, the note about the person is not. */
registry.category("web_tour.tours").add("crm_loyalty_no_note_tour", {
    steps: () => [
        {
            content: "The person opens, there is no button to the note",
            trigger:
                ".o_form_view:has([name='contact_id']):not(:contains('Private Note')):not(:contains('fishing'))",
        },
        {
            content: "No search, group, export nor call reads it",
            trigger: ".o_form_view [name='attitude']",
            run: async () => {
                const note = "crm.stakeholder.note";
                const reader = "crm.stakeholder.note.reader";
                await refused(note, "search_read", [[], ["note"]]);
                await refused(note, "search", [[["note", "ilike", "fishing"]]]);
                await refused(note, "search_count", [[["note", "ilike", "fishing"]]]);
                await refused(note, "formatted_read_group", [[], ["stakeholder_id"]]);
                await refused(note, "web_search_read", [[], { note: {} }]);
                await refused(note, "export_data", [[1], ["note"]]);
                await refused(reader, "search_read", [[], ["note_private"]]);
                await refused(reader, "create", [[{ stakeholder_id: 1 }]]);
                await refused("crm.stakeholder.note.log", "search_read", [[], []]);
                const people = "crm.stakeholder";
                await answered(people, "search_read", [[]]);
                await answered(people, "fields_get", [[]]);
                await answered(people, "get_views", [
                    [
                        [false, "form"],
                        [false, "list"],
                        [false, "kanban"],
                        [false, "search"],
                    ],
                ]);
                const messages = [["model", "=", people]];
                await answered("mail.message", "search_read", [messages, ["body"]]);
            },
        },
    ],
});

/** 300 people: how long the picture takes, by the marks that drawing leaves. */
registry.category("web_tour.tours").add("crm_loyalty_many_people_tour", {
    steps: () => [
        {
            content: "Folded by department",
            trigger: ".o_contact_map .o_box",
        },
        {
            content: "The table instead",
            trigger: ".o_view_matrix",
            run: "click",
        },
        {
            content: "And the tree again",
            trigger: ".o_contact_map:has(.o_contact_map_matrix) .o_view_tree",
            run: "click",
        },
        {
            content: "Drawn in time",
            trigger: ".o_contact_map .o_canvas .o_box",
            run: () => {
                const draws = performance.getEntriesByName("contact_map:draw");
                const slowest = Math.max(...draws.map(({ duration }) => duration));
                console.log(`contact map of 300 people: ${Math.round(slowest)} ms`);
                if (!draws.length || slowest > 1000) {
                    throw new Error(`Drawing takes ${slowest} ms`);
                }
            },
        },
    ],
});
