import {
    Component,
    onMounted,
    onPatched,
    onWillRender,
    onWillUnmount,
    useRef,
    useState,
} from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { drawRelations } from "./map_graph";
import {
    ATTITUDES,
    formatChance,
    formatTouch,
    getAttitude,
    labelPerson,
    POINTS,
    tooltipPerson,
} from "./map_labels";
import { BOX, findNeighbour } from "./tree_layout";
import { tooltipLines } from "../../tooltip/tooltip_lines";

const PADDING = 28;
const LEAST_ZOOM = 0.6;
const LABEL = 22;

/** Who reports to whom, who influences whom, and the chain to the decision. */
export class MapTree extends Component {
    static template = "crm_loyalty.MapTree";
    static props = {
        model: Object,
        open: Function,
        zoom: { type: [Number, { value: null }], optional: true },
        onFitted: Function,
        onZoom: Function,
    };

    setup() {
        this.viewport = useRef("viewport");
        this.frame = useRef("frame");
        this.canvas = useRef("canvas");
        this.state = useState({ focus: null });
        this.fitted = 1;
        this.getAttitude = getAttitude;
        this.formatChance = formatChance;
        this.points = POINTS;
        onWillRender(() => {
            performance.mark("contact_map:start");
            this.prepare();
        });
        onMounted(() => {
            this.fit();
            // the picture fits its frame, however wide that becomes
            this.observer = new ResizeObserver(() => this.fit());
            this.observer.observe(this.viewport.el);
            this.markDrawn();
        });
        onPatched(() => {
            this.fit();
            this.markDrawn();
        });
        onWillUnmount(() => this.observer.disconnect());
    }

    /** How long drawing takes is measured by the benchmark. */
    markDrawn() {
        performance.measure("contact_map:draw", "contact_map:start");
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    prepare() {
        const { model } = this.props;
        const { graph, picture } = model;
        this.graph = graph;
        const chosen = model.card?.kind === "person" ? `p${model.card.id}` : null;
        this.focus = chosen || this.state.focus;
        this.relations = drawRelations(picture, graph, graph.places, this.focus);
        this.onChain = new Set(graph.steps.flatMap(({ from, to }) => [from, to]));
        this.boxes = [...graph.nodes.values()].map((node) => this.prepareBox(node));
        this.tabbable = graph.nodes.has(this.state.focus)
            ? this.state.focus
            : this.boxes[0]?.id;
    }

    prepareBox(node) {
        const { x, y } = this.graph.places.get(node.id);
        const box = {
            ...node,
            style: `left:${x}px;top:${y}px;width:${BOX.width}px;height:${BOX.height}px`,
            onChain: this.onChain.has(node.id),
        };
        return { ...box, ...this[`prepare_${node.kind}`](node) };
    }

    prepare_person({ person }) {
        return {
            attitude: getAttitude(person),
            points: POINTS.filter(({ code }) => person.points.includes(code)),
            touch: formatTouch(person),
            label: labelPerson(person),
            tooltip: tooltipPerson(person),
            drop: `person:${person.id}`,
        };
    }

    prepare_department({ name, people }) {
        const title = name || _t("Without a department");
        const shares = [...ATTITUDES].reverse().map((attitude) => ({
            ...attitude,
            count: people.filter((person) => person.attitude === attitude.value).length,
        }));
        shares.push({
            ...getAttitude({}),
            count: people.filter((person) => person.attitude === null).length,
        });
        const mix = shares.filter(({ count }) => count);
        const lines = mix.map(({ label, count }) =>
            _t("%(label)s: %(count)s", { label, count })
        );
        return {
            title,
            mix,
            count: _t("%s people", people.length),
            label: [title, _t("%s people", people.length), ...lines].join(", "),
            tooltip: tooltipLines(title, ...lines, _t("Click to open")),
        };
    }

    prepare_other({ other }) {
        return {
            title: other.name,
            note: other.ours ? _t("We") : _t("Third party"),
            label: `${other.name}, ${other.ours ? _t("one of us") : _t("third party")}`,
            tooltip: tooltipLines(other.name),
            drop: `other:${other.contact_id}`,
        };
    }

    get bands() {
        const titles = { ours: _t("We"), third: _t("Third parties") };
        return this.graph.bands.map((band) => ({
            ...band,
            title: titles[band.kind],
            style:
                `top:${band.top - LABEL}px;height:${band.height + LABEL + 10}px;` +
                `left:-10px;width:${this.graph.width + 20}px`,
        }));
    }

    // ------------------------------------------------------------------
    // Size
    // ------------------------------------------------------------------

    get zoom() {
        return this.props.zoom || this.fitted;
    }

    /** The zoom that shows the whole map, as far as that can be read. */
    computeFit() {
        const { clientWidth, clientHeight } = this.viewport.el;
        const { width, height } = this.graph;
        const zoom = Math.min(
            1,
            clientWidth / (width + 2 * PADDING),
            clientHeight / (height + 2 * PADDING)
        );
        return Math.max(LEAST_ZOOM, Math.floor(zoom * 100) / 100);
    }

    /** Set the size; not by the template, which would draw all boxes again. */
    fit() {
        const { width, height } = this.graph;
        this.fitted = this.computeFit();
        const { zoom } = this;
        Object.assign(this.frame.el.style, {
            width: `${(width + 2 * PADDING) * zoom}px`,
            height: `${(height + 2 * PADDING) * zoom}px`,
        });
        Object.assign(this.canvas.el.style, {
            width: `${width}px`,
            height: `${height}px`,
            transform: `scale(${zoom}) translate(${PADDING}px, ${PADDING}px)`,
        });
        this.props.onFitted(this.fitted);
        if (this.shown !== this.graph) {
            this.shown = this.graph;
            this.scrollTo(this.focus || this.center);
        }
    }

    /** Whom a map too large for its frame shows first: the person all ways lead to. */
    get center() {
        const { picture } = this.props.model;
        return this.graph.byContact.get(picture.target_id) || this.boxes[0]?.id;
    }

    scrollTo(id) {
        const place = this.graph.places.get(id);
        const { el } = this.viewport;
        if (place) {
            el.scrollTo(
                (place.x + BOX.width / 2 + PADDING) * this.zoom - el.clientWidth / 2,
                (place.y + PADDING) * this.zoom - el.clientHeight / 3
            );
        }
    }

    onWheel(ev) {
        if (ev.ctrlKey || ev.metaKey) {
            ev.preventDefault();
            this.props.onZoom(ev.deltaY < 0 ? 1 : -1);
        }
    }

    /** Drag the ground to move the picture. */
    onPointerdown(ev) {
        if (ev.pointerType === "touch" || ev.target.closest("[data-node]")) {
            return;
        }
        const { el } = this.viewport;
        const from = { x: ev.clientX + el.scrollLeft, y: ev.clientY + el.scrollTop };
        const move = (moved) => {
            el.scrollTo(from.x - moved.clientX, from.y - moved.clientY);
        };
        const stop = () => window.removeEventListener("pointermove", move);
        window.addEventListener("pointermove", move);
        window.addEventListener("pointerup", stop, { once: true });
    }

    // ------------------------------------------------------------------
    // Mouse and keyboard on a box
    // ------------------------------------------------------------------

    activate(box) {
        const { model, open } = this.props;
        if (box.kind === "department") {
            model.toggleDepartment(box.name);
        } else if (box.kind === "person") {
            open({ kind: "person", id: box.person.id });
        } else if (model.canWrite) {
            open({ kind: "link", source: box.other.contact_id });
        }
    }

    onKeydown(ev, box) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            this.activate(box);
        } else if (ev.key.startsWith("Arrow")) {
            const next = findNeighbour(this.graph.places, box.id, ev.key);
            ev.preventDefault();
            if (next) {
                const selector = `[data-node="${CSS.escape(next)}"]`;
                this.viewport.el.querySelector(selector).focus();
            }
        }
    }
}
