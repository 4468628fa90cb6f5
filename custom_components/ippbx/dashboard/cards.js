/* Built by scripts/frontend from sources aa0c2c97ff994dc762da8186595b589464458fc45b7efe74e778d8facb6d4f68 */
var t5=Object.defineProperty;var i5=Object.getOwnPropertyDescriptor;var x=(M,H,C,V)=>{for(var L=V>1?void 0:V?i5(H,C):H,e=M.length-1,r;e>=0;e--)(r=M[e])&&(L=(V?r(H,C,L):r(L))||L);return V&&L&&t5(H,C,L),L};var J1="M16 17V19H2V17S2 13 9 13 16 17 16 17M12.5 7.5A3.5 3.5 0 1 0 9 11A3.5 3.5 0 0 0 12.5 7.5M15.94 13A5.32 5.32 0 0 1 18 17V19H22V17S22 13.37 15.94 13M15 4A3.39 3.39 0 0 0 13.07 4.59A5 5 0 0 1 13.07 10.41A3.39 3.39 0 0 0 15 11A3.5 3.5 0 0 0 15 4Z";var L1="M13,8A4,4 0 0,1 9,12A4,4 0 0,1 5,8A4,4 0 0,1 9,4A4,4 0 0,1 13,8M17,18V20H1V18C1,15.79 4.58,14 9,14C13.42,14 17,15.79 17,18M20.5,14.5V16H19V14.5H20.5M18.5,9.5H17V9A3,3 0 0,1 20,6A3,3 0 0,1 23,9C23,9.97 22.5,10.88 21.71,11.41L21.41,11.6C20.84,12 20.5,12.61 20.5,13.3V13.5H19V13.3C19,12.11 19.6,11 20.59,10.35L20.88,10.16C21.27,9.9 21.5,9.47 21.5,9A1.5,1.5 0 0,0 20,7.5A1.5,1.5 0 0,0 18.5,9V9.5Z";var C2="M19,15.59L17.59,17L14,13.41L10.41,17L9,15.59L12.59,12L9,8.41L10.41,7L14,10.59L17.59,7L19,8.41L15.41,12L19,15.59M22,3A2,2 0 0,1 24,5V19A2,2 0 0,1 22,21H7C6.31,21 5.77,20.64 5.41,20.11L0,12L5.41,3.88C5.77,3.35 6.31,3 7,3H22M22,5H7L2.28,12L7,19H22V5Z";var f1="M17.5 13A4.5 4.5 0 0 0 13 17.5A4.5 4.5 0 0 0 17.5 22A4.5 4.5 0 0 0 22 17.5A4.5 4.5 0 0 0 17.5 13M17.5 14.5A3 3 0 0 1 20.5 17.5A3 3 0 0 1 20.08 19L16 14.92A3 3 0 0 1 17.5 14.5M14.92 16L19 20.08A3 3 0 0 1 17.5 20.5A3 3 0 0 1 14.5 17.5A3 3 0 0 1 14.92 16M12 2C10.9 2 10 2.9 10 4C10 4.1 10 4.19 10 4.29C7.12 5.14 5 7.82 5 11V17L3 19V20H11.5A6.5 6.5 0 0 1 11 17.5A6.5 6.5 0 0 1 17.5 11A6.5 6.5 0 0 1 19 11.18V11C19 7.82 16.88 5.14 14 4.29C14 4.19 14 4.1 14 4C14 2.9 13.11 2 12 2M10 21C10 22.11 10.9 23 12 23C12.5 23 12.97 22.81 13.33 22.5A6.5 6.5 0 0 1 12.03 21Z";var H2="M21,19V20H3V19L5,17V11C5,7.9 7.03,5.17 10,4.29C10,4.19 10,4.1 10,4A2,2 0 0,1 12,2A2,2 0 0,1 14,4C14,4.1 14,4.19 14,4.29C16.97,5.17 19,7.9 19,11V17L21,19M14,21A2,2 0 0,1 12,23A2,2 0 0,1 10,21M19.75,3.19L18.33,4.61C20.04,6.3 21,8.6 21,11H23C23,8.07 21.84,5.25 19.75,3.19M1,11H3C3,8.6 3.96,6.3 5.67,4.61L4.25,3.19C2.16,5.25 1,8.07 1,11Z";var M1="M9,5V7H15.59L4,18.59L5.41,20L17,8.41V15H19V5";var V2="M19.59,7L12,14.59L6.41,9H11V7H3V15H5V10.41L12,17.41L21,8.41",e1="M20,5.41L18.59,4L7,15.59V9H5V19H15V17H8.41";var L2="M21,7L9,19L3.5,13.5L4.91,12.09L9,16.17L19.59,5.59L21,7Z";var $="M19,6.41L17.59,5L12,10.59L6.41,5L5,6.41L10.59,12L5,17.59L6.41,19L12,13.41L17.59,19L19,17.59L13.41,12L19,6.41Z";var M2="M12,19A2,2 0 0,0 10,21A2,2 0 0,0 12,23A2,2 0 0,0 14,21A2,2 0 0,0 12,19M6,1A2,2 0 0,0 4,3A2,2 0 0,0 6,5A2,2 0 0,0 8,3A2,2 0 0,0 6,1M6,7A2,2 0 0,0 4,9A2,2 0 0,0 6,11A2,2 0 0,0 8,9A2,2 0 0,0 6,7M6,13A2,2 0 0,0 4,15A2,2 0 0,0 6,17A2,2 0 0,0 8,15A2,2 0 0,0 6,13M18,5A2,2 0 0,0 20,3A2,2 0 0,0 18,1A2,2 0 0,0 16,3A2,2 0 0,0 18,5M12,13A2,2 0 0,0 10,15A2,2 0 0,0 12,17A2,2 0 0,0 14,15A2,2 0 0,0 12,13M18,13A2,2 0 0,0 16,15A2,2 0 0,0 18,17A2,2 0 0,0 20,15A2,2 0 0,0 18,13M18,7A2,2 0 0,0 16,9A2,2 0 0,0 18,11A2,2 0 0,0 20,9A2,2 0 0,0 18,7M12,7A2,2 0 0,0 10,9A2,2 0 0,0 12,11A2,2 0 0,0 14,9A2,2 0 0,0 12,7M12,1A2,2 0 0,0 10,3A2,2 0 0,0 12,5A2,2 0 0,0 14,3A2,2 0 0,0 12,1Z";var e2="M11,9H13V7H11M12,20C7.59,20 4,16.41 4,12C4,7.59 7.59,4 12,4C16.41,4 20,7.59 20,12C20,16.41 16.41,20 12,20M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2M11,17H13V11H11V17Z";var r2="M17,13H7V11H17M12,2A10,10 0 0,0 2,12A10,10 0 0,0 12,22A10,10 0 0,0 22,12A10,10 0 0,0 12,2Z";var k1="M13.2,11H10V7H13.2A2,2 0 0,1 15.2,9A2,2 0 0,1 13.2,11M13,3H6V21H10V15H13A6,6 0 0,0 19,9C19,5.68 16.31,3 13,3Z";var t2="M14,19H18V5H14M6,19H10V5H6V19Z";var B="M6.62,10.79C8.06,13.62 10.38,15.94 13.21,17.38L15.41,15.18C15.69,14.9 16.08,14.82 16.43,14.93C17.55,15.3 18.75,15.5 20,15.5A1,1 0 0,1 21,16.5V20A1,1 0 0,1 20,21A17,17 0 0,1 3,4A1,1 0 0,1 4,3H7.5A1,1 0 0,1 8.5,4C8.5,5.25 8.7,6.45 9.07,7.57C9.18,7.92 9.1,8.31 8.82,8.59L6.62,10.79Z",i2="M6.62,10.79C8.06,13.62 10.38,15.94 13.21,17.38L15.41,15.18C15.69,14.9 16.08,14.82 16.43,14.93C17.55,15.3 18.75,15.5 20,15.5A1,1 0 0,1 21,16.5V20A1,1 0 0,1 20,21A17,17 0 0,1 3,4C3,3.44 3.45,3 4,3H7.5A1,1 0 0,1 8.5,4C8.5,5.24 8.7,6.45 9.07,7.57C9.18,7.92 9.1,8.31 8.82,8.58L6.62,10.79M17,12V10H19V12H17M17,8V2H19V8H17Z";var P="M20,15.5C18.75,15.5 17.55,15.3 16.43,14.93C16.08,14.82 15.69,14.9 15.41,15.18L13.21,17.38C10.38,15.94 8.06,13.62 6.62,10.79L8.82,8.59C9.1,8.31 9.18,7.92 9.07,7.57C8.7,6.45 8.5,5.25 8.5,4A1,1 0 0,0 7.5,3H4A1,1 0 0,0 3,4A17,17 0 0,0 20,21A1,1 0 0,0 21,20V16.5A1,1 0 0,0 20,15.5M18,11L23,6L18,1V4H14V8H18V11Z";var b1="M12,9C10.4,9 8.85,9.25 7.4,9.72V12.82C7.4,13.22 7.17,13.56 6.84,13.72C5.86,14.21 4.97,14.84 4.17,15.57C4,15.75 3.75,15.86 3.5,15.86C3.2,15.86 2.95,15.74 2.77,15.56L0.29,13.08C0.11,12.9 0,12.65 0,12.38C0,12.1 0.11,11.85 0.29,11.67C3.34,8.77 7.46,7 12,7C16.54,7 20.66,8.77 23.71,11.67C23.89,11.85 24,12.1 24,12.38C24,12.65 23.89,12.9 23.71,13.08L21.23,15.56C21.05,15.74 20.8,15.86 20.5,15.86C20.25,15.86 20,15.75 19.82,15.57C19.03,14.84 18.14,14.21 17.16,13.72C16.83,13.56 16.6,13.22 16.6,12.82V9.72C15.15,9.25 13.6,9 12,9Z";var U="M15,12H17A5,5 0 0,0 12,7V9A3,3 0 0,1 15,12M19,12H21C21,7 16.97,3 12,3V5C15.86,5 19,8.13 19,12M20,15.5C18.75,15.5 17.55,15.3 16.43,14.93C16.08,14.82 15.69,14.9 15.41,15.18L13.21,17.38C10.38,15.94 8.06,13.62 6.62,10.79L8.82,8.59C9.1,8.31 9.18,7.92 9.07,7.57C8.7,6.45 8.5,5.25 8.5,4A1,1 0 0,0 7.5,3H4A1,1 0 0,0 3,4A17,17 0 0,0 20,21A1,1 0 0,0 21,20V16.5A1,1 0 0,0 20,15.5Z";var o2="M20.22,2.5L2.5,20.22L3.77,21.5L8.65,16.62C11.76,19.43 15.81,21 20,21A1,1 0 0,0 21,20V16.5A1,1 0 0,0 20,15.5C18.75,15.5 17.55,15.3 16.43,14.93C16.08,14.82 15.69,14.9 15.41,15.18L13.21,17.38C12.06,16.8 11,16.06 10.06,15.21L21.5,3.77L20.22,2.5M4,3A1,1 0 0,0 3,4C3,7.57 4.14,11.05 6.24,13.94L7.66,12.5C7.28,11.97 6.93,11.39 6.62,10.79L8.82,8.59C9.1,8.31 9.18,7.92 9.07,7.57C8.7,6.45 8.5,5.25 8.5,4A1,1 0 0,0 7.5,3H4Z";var a2="M19,10H21V3H19M20,15.5C18.75,15.5 17.55,15.3 16.43,14.93C16.08,14.82 15.69,14.9 15.41,15.18L13.21,17.38C10.38,15.94 8.06,13.62 6.62,10.79L8.82,8.59C9.1,8.31 9.18,7.92 9.07,7.57C8.7,6.45 8.5,5.25 8.5,4A1,1 0 0,0 7.5,3H4A1,1 0 0,0 3,4A17,17 0 0,0 20,21A1,1 0 0,0 21,20V16.5A1,1 0 0,0 20,15.5M17,3H15V10H17V3Z";var A2="M23.71 16.67C20.66 13.78 16.54 12 12 12S3.34 13.78.29 16.67c-.18.18-.29.43-.29.71 0 .28.11.53.29.71l2.48 2.48c.18.18.43.29.71.29.27 0 .52-.11.7-.28.79-.74 1.69-1.36 2.66-1.85.33-.16.56-.5.56-.9v-3.1c1.45-.48 3-.73 4.6-.73s3.15.25 4.6.72v3.1c0 .39.23.74.56.9.98.49 1.87 1.12 2.66 1.85.18.18.43.28.7.28.28 0 .53-.11.71-.29l2.48-2.48c.18-.18.29-.43.29-.71a.99.99 0 0 0-.29-.7zM21.16 6.26l-1.41-1.41-3.56 3.55 1.41 1.41s3.45-3.52 3.56-3.55zM13 2h-2v5h2V2zM6.4 9.81L7.81 8.4 4.26 4.84 2.84 6.26c.11.03 3.56 3.55 3.56 3.55z";var r1="M8,5.14V19.14L19,12.14L8,5.14Z";var G="M21,9L17,5V8H10V10H17V13M7,11L3,15L7,19V16H14V14H7V11Z";var d2="M12 9C10.7 9 9.6 9.8 9.2 11H6.8C6.4 9.8 5.3 9 4 9C2.3 9 1 10.3 1 12S2.3 15 4 15C5.3 15 6.4 14.2 6.8 13H9.2C9.6 14.2 10.7 15 12 15S14.4 14.2 14.8 13H17.2C17.6 14.2 18.7 15 20 15C21.7 15 23 13.7 23 12S21.7 9 20 9C18.7 9 17.6 9.8 17.2 11H14.8C14.4 9.8 13.3 9 12 9M3 12C3 11.4 3.4 11 4 11S5 11.4 5 12 4.6 13 4 13 3 12.6 3 12M21 12C21 12.6 20.6 13 20 13S19 12.6 19 12 19.4 11 20 11 21 11.4 21 12Z";var n2="M12.5,8C9.85,8 7.45,9 5.6,10.6L2,7V16H11L7.38,12.38C8.77,11.22 10.54,10.5 12.5,10.5C16.04,10.5 19.05,12.81 20.1,16L22.47,15.22C21.08,11.03 17.15,8 12.5,8Z";var t1=globalThis,i1=t1.ShadowRoot&&(t1.ShadyCSS===void 0||t1.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,w1=Symbol(),p2=new WeakMap,Q=class{constructor(H,C,V){if(this._$cssResult$=!0,V!==w1)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=H,this.t=C}get styleSheet(){let H=this.o,C=this.t;if(i1&&H===void 0){let V=C!==void 0&&C.length===1;V&&(H=p2.get(C)),H===void 0&&((this.o=H=new CSSStyleSheet).replaceSync(this.cssText),V&&p2.set(C,H))}return H}toString(){return this.cssText}},m2=M=>new Q(typeof M=="string"?M:M+"",void 0,w1),T=(M,...H)=>{let C=M.length===1?M[0]:H.reduce((V,L,e)=>V+(r=>{if(r._$cssResult$===!0)return r.cssText;if(typeof r=="number")return r;throw Error("Value passed to 'css' function must be a 'css' function result: "+r+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(L)+M[e+1],M[0]);return new Q(C,M,w1)},l2=(M,H)=>{if(i1)M.adoptedStyleSheets=H.map(C=>C instanceof CSSStyleSheet?C:C.styleSheet);else for(let C of H){let V=document.createElement("style"),L=t1.litNonce;L!==void 0&&V.setAttribute("nonce",L),V.textContent=C.cssText,M.appendChild(V)}},y1=i1?M=>M:M=>M instanceof CSSStyleSheet?(H=>{let C="";for(let V of H.cssRules)C+=V.cssText;return m2(C)})(M):M;var{is:o5,defineProperty:a5,getOwnPropertyDescriptor:A5,getOwnPropertyNames:d5,getOwnPropertySymbols:n5,getPrototypeOf:p5}=Object,o1=globalThis,v2=o1.trustedTypes,m5=v2?v2.emptyScript:"",l5=o1.reactiveElementPolyfillSupport,K=(M,H)=>M,q={toAttribute(M,H){switch(H){case Boolean:M=M?m5:null;break;case Object:case Array:M=M==null?M:JSON.stringify(M)}return M},fromAttribute(M,H){let C=M;switch(H){case Boolean:C=M!==null;break;case Number:C=M===null?null:Number(M);break;case Object:case Array:try{C=JSON.parse(M)}catch{C=null}}return C}},a1=(M,H)=>!o5(M,H),x2={attribute:!0,type:String,converter:q,reflect:!1,useDefault:!1,hasChanged:a1};Symbol.metadata??=Symbol("metadata"),o1.litPropertyMetadata??=new WeakMap;var h=class extends HTMLElement{static addInitializer(H){this._$Ei(),(this.l??=[]).push(H)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(H,C=x2){if(C.state&&(C.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(H)&&((C=Object.create(C)).wrapped=!0),this.elementProperties.set(H,C),!C.noAccessor){let V=Symbol(),L=this.getPropertyDescriptor(H,V,C);L!==void 0&&a5(this.prototype,H,L)}}static getPropertyDescriptor(H,C,V){let{get:L,set:e}=A5(this.prototype,H)??{get(){return this[C]},set(r){this[C]=r}};return{get:L,set(r){let t=L?.call(this);e?.call(this,r),this.requestUpdate(H,t,V)},configurable:!0,enumerable:!0}}static getPropertyOptions(H){return this.elementProperties.get(H)??x2}static _$Ei(){if(this.hasOwnProperty(K("elementProperties")))return;let H=p5(this);H.finalize(),H.l!==void 0&&(this.l=[...H.l]),this.elementProperties=new Map(H.elementProperties)}static finalize(){if(this.hasOwnProperty(K("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(K("properties"))){let C=this.properties,V=[...d5(C),...n5(C)];for(let L of V)this.createProperty(L,C[L])}let H=this[Symbol.metadata];if(H!==null){let C=litPropertyMetadata.get(H);if(C!==void 0)for(let[V,L]of C)this.elementProperties.set(V,L)}this._$Eh=new Map;for(let[C,V]of this.elementProperties){let L=this._$Eu(C,V);L!==void 0&&this._$Eh.set(L,C)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(H){let C=[];if(Array.isArray(H)){let V=new Set(H.flat(1/0).reverse());for(let L of V)C.unshift(y1(L))}else H!==void 0&&C.push(y1(H));return C}static _$Eu(H,C){let V=C.attribute;return V===!1?void 0:typeof V=="string"?V:typeof H=="string"?H.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(H=>this.enableUpdating=H),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(H=>H(this))}addController(H){(this._$EO??=new Set).add(H),this.renderRoot!==void 0&&this.isConnected&&H.hostConnected?.()}removeController(H){this._$EO?.delete(H)}_$E_(){let H=new Map,C=this.constructor.elementProperties;for(let V of C.keys())this.hasOwnProperty(V)&&(H.set(V,this[V]),delete this[V]);H.size>0&&(this._$Ep=H)}createRenderRoot(){let H=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return l2(H,this.constructor.elementStyles),H}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(H=>H.hostConnected?.())}enableUpdating(H){}disconnectedCallback(){this._$EO?.forEach(H=>H.hostDisconnected?.())}attributeChangedCallback(H,C,V){this._$AK(H,V)}_$ET(H,C){let V=this.constructor.elementProperties.get(H),L=this.constructor._$Eu(H,V);if(L!==void 0&&V.reflect===!0){let e=(V.converter?.toAttribute!==void 0?V.converter:q).toAttribute(C,V.type);this._$Em=H,e==null?this.removeAttribute(L):this.setAttribute(L,e),this._$Em=null}}_$AK(H,C){let V=this.constructor,L=V._$Eh.get(H);if(L!==void 0&&this._$Em!==L){let e=V.getPropertyOptions(L),r=typeof e.converter=="function"?{fromAttribute:e.converter}:e.converter?.fromAttribute!==void 0?e.converter:q;this._$Em=L;let t=r.fromAttribute(C,e.type);this[L]=t??this._$Ej?.get(L)??t,this._$Em=null}}requestUpdate(H,C,V,L=!1,e){if(H!==void 0){let r=this.constructor;if(L===!1&&(e=this[H]),V??=r.getPropertyOptions(H),!((V.hasChanged??a1)(e,C)||V.useDefault&&V.reflect&&e===this._$Ej?.get(H)&&!this.hasAttribute(r._$Eu(H,V))))return;this.C(H,C,V)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(H,C,{useDefault:V,reflect:L,wrapped:e},r){V&&!(this._$Ej??=new Map).has(H)&&(this._$Ej.set(H,r??C??this[H]),e!==!0||r!==void 0)||(this._$AL.has(H)||(this.hasUpdated||V||(C=void 0),this._$AL.set(H,C)),L===!0&&this._$Em!==H&&(this._$Eq??=new Set).add(H))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(C){Promise.reject(C)}let H=this.scheduleUpdate();return H!=null&&await H,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[L,e]of this._$Ep)this[L]=e;this._$Ep=void 0}let V=this.constructor.elementProperties;if(V.size>0)for(let[L,e]of V){let{wrapped:r}=e,t=this[L];r!==!0||this._$AL.has(L)||t===void 0||this.C(L,void 0,e,t)}}let H=!1,C=this._$AL;try{H=this.shouldUpdate(C),H?(this.willUpdate(C),this._$EO?.forEach(V=>V.hostUpdate?.()),this.update(C)):this._$EM()}catch(V){throw H=!1,this._$EM(),V}H&&this._$AE(C)}willUpdate(H){}_$AE(H){this._$EO?.forEach(C=>C.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(H)),this.updated(H)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(H){return!0}update(H){this._$Eq&&=this._$Eq.forEach(C=>this._$ET(C,this[C])),this._$EM()}updated(H){}firstUpdated(H){}};h.elementStyles=[],h.shadowRootOptions={mode:"open"},h[K("elementProperties")]=new Map,h[K("finalized")]=new Map,l5?.({ReactiveElement:h}),(o1.reactiveElementVersions??=[]).push("2.1.2");var P1=globalThis,s2=M=>M,A1=P1.trustedTypes,Z2=A1?A1.createPolicy("lit-html",{createHTML:M=>M}):void 0,T1="$lit$",O=`lit$${Math.random().toFixed(9).slice(2)}$`,R1="?"+O,v5=`<${R1}>`,E=document,X=()=>E.createComment(""),Y=M=>M===null||typeof M!="object"&&typeof M!="function",F1=Array.isArray,g2=M=>F1(M)||typeof M?.[Symbol.iterator]=="function",B1=`[ 	
\f\r]`,j=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,u2=/-->/g,c2=/>/g,R=RegExp(`>|${B1}(?:([^\\s"'>=/]+)(${B1}*=${B1}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),S2=/'/g,h2=/"/g,f2=/^(?:script|style|textarea|title)$/i,E1=M=>(H,...C)=>({_$litType$:M,strings:H,values:C}),a=E1(1),C3=E1(2),H3=E1(3),Z=Symbol.for("lit-noChange"),A=Symbol.for("lit-nothing"),O2=new WeakMap,F=E.createTreeWalker(E,129);function k2(M,H){if(!F1(M)||!M.hasOwnProperty("raw"))throw Error("invalid template strings array");return Z2!==void 0?Z2.createHTML(H):H}var b2=(M,H)=>{let C=M.length-1,V=[],L,e=H===2?"<svg>":H===3?"<math>":"",r=j;for(let t=0;t<C;t++){let i=M[t],d,n,o=-1,p=0;for(;p<i.length&&(r.lastIndex=p,n=r.exec(i),n!==null);)p=r.lastIndex,r===j?n[1]==="!--"?r=u2:n[1]!==void 0?r=c2:n[2]!==void 0?(f2.test(n[2])&&(L=RegExp("</"+n[2],"g")),r=R):n[3]!==void 0&&(r=R):r===R?n[0]===">"?(r=L??j,o=-1):n[1]===void 0?o=-2:(o=r.lastIndex-n[2].length,d=n[1],r=n[3]===void 0?R:n[3]==='"'?h2:S2):r===h2||r===S2?r=R:r===u2||r===c2?r=j:(r=R,L=void 0);let m=r===R&&M[t+1].startsWith("/>")?" ":"";e+=r===j?i+v5:o>=0?(V.push(d),i.slice(0,o)+T1+i.slice(o)+O+m):i+O+(o===-2?t:m)}return[k2(M,e+(M[C]||"<?>")+(H===2?"</svg>":H===3?"</math>":"")),V]},J=class M{constructor({strings:H,_$litType$:C},V){let L;this.parts=[];let e=0,r=0,t=H.length-1,i=this.parts,[d,n]=b2(H,C);if(this.el=M.createElement(d,V),F.currentNode=this.el.content,C===2||C===3){let o=this.el.content.firstChild;o.replaceWith(...o.childNodes)}for(;(L=F.nextNode())!==null&&i.length<t;){if(L.nodeType===1){if(L.hasAttributes())for(let o of L.getAttributeNames())if(o.endsWith(T1)){let p=n[r++],m=L.getAttribute(o).split(O),v=/([.?@])?(.*)/.exec(p);i.push({type:1,index:e,name:v[2],strings:m,ctor:v[1]==="."?n1:v[1]==="?"?p1:v[1]==="@"?m1:D}),L.removeAttribute(o)}else o.startsWith(O)&&(i.push({type:6,index:e}),L.removeAttribute(o));if(f2.test(L.tagName)){let o=L.textContent.split(O),p=o.length-1;if(p>0){L.textContent=A1?A1.emptyScript:"";for(let m=0;m<p;m++)L.append(o[m],X()),F.nextNode(),i.push({type:2,index:++e});L.append(o[p],X())}}}else if(L.nodeType===8)if(L.data===R1)i.push({type:2,index:e});else{let o=-1;for(;(o=L.data.indexOf(O,o+1))!==-1;)i.push({type:7,index:e}),o+=O.length-1}e++}}static createElement(H,C){let V=E.createElement("template");return V.innerHTML=H,V}};function _(M,H,C=M,V){if(H===Z)return H;let L=V!==void 0?C._$Co?.[V]:C._$Cl,e=Y(H)?void 0:H._$litDirective$;return L?.constructor!==e&&(L?._$AO?.(!1),e===void 0?L=void 0:(L=new e(M),L._$AT(M,C,V)),V!==void 0?(C._$Co??=[])[V]=L:C._$Cl=L),L!==void 0&&(H=_(M,L._$AS(M,H.values),L,V)),H}var d1=class{constructor(H,C){this._$AV=[],this._$AN=void 0,this._$AD=H,this._$AM=C}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(H){let{el:{content:C},parts:V}=this._$AD,L=(H?.creationScope??E).importNode(C,!0);F.currentNode=L;let e=F.nextNode(),r=0,t=0,i=V[0];for(;i!==void 0;){if(r===i.index){let d;i.type===2?d=new N(e,e.nextSibling,this,H):i.type===1?d=new i.ctor(e,i.name,i.strings,this,H):i.type===6&&(d=new l1(e,this,H)),this._$AV.push(d),i=V[++t]}r!==i?.index&&(e=F.nextNode(),r++)}return F.currentNode=E,L}p(H){let C=0;for(let V of this._$AV)V!==void 0&&(V.strings!==void 0?(V._$AI(H,V,C),C+=V.strings.length-2):V._$AI(H[C])),C++}},N=class M{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(H,C,V,L){this.type=2,this._$AH=A,this._$AN=void 0,this._$AA=H,this._$AB=C,this._$AM=V,this.options=L,this._$Cv=L?.isConnected??!0}get parentNode(){let H=this._$AA.parentNode,C=this._$AM;return C!==void 0&&H?.nodeType===11&&(H=C.parentNode),H}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(H,C=this){H=_(this,H,C),Y(H)?H===A||H==null||H===""?(this._$AH!==A&&this._$AR(),this._$AH=A):H!==this._$AH&&H!==Z&&this._(H):H._$litType$!==void 0?this.$(H):H.nodeType!==void 0?this.T(H):g2(H)?this.k(H):this._(H)}O(H){return this._$AA.parentNode.insertBefore(H,this._$AB)}T(H){this._$AH!==H&&(this._$AR(),this._$AH=this.O(H))}_(H){this._$AH!==A&&Y(this._$AH)?this._$AA.nextSibling.data=H:this.T(E.createTextNode(H)),this._$AH=H}$(H){let{values:C,_$litType$:V}=H,L=typeof V=="number"?this._$AC(H):(V.el===void 0&&(V.el=J.createElement(k2(V.h,V.h[0]),this.options)),V);if(this._$AH?._$AD===L)this._$AH.p(C);else{let e=new d1(L,this),r=e.u(this.options);e.p(C),this.T(r),this._$AH=e}}_$AC(H){let C=O2.get(H.strings);return C===void 0&&O2.set(H.strings,C=new J(H)),C}k(H){F1(this._$AH)||(this._$AH=[],this._$AR());let C=this._$AH,V,L=0;for(let e of H)L===C.length?C.push(V=new M(this.O(X()),this.O(X()),this,this.options)):V=C[L],V._$AI(e),L++;L<C.length&&(this._$AR(V&&V._$AB.nextSibling,L),C.length=L)}_$AR(H=this._$AA.nextSibling,C){for(this._$AP?.(!1,!0,C);H!==this._$AB;){let V=s2(H).nextSibling;s2(H).remove(),H=V}}setConnected(H){this._$AM===void 0&&(this._$Cv=H,this._$AP?.(H))}},D=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(H,C,V,L,e){this.type=1,this._$AH=A,this._$AN=void 0,this.element=H,this.name=C,this._$AM=L,this.options=e,V.length>2||V[0]!==""||V[1]!==""?(this._$AH=Array(V.length-1).fill(new String),this.strings=V):this._$AH=A}_$AI(H,C=this,V,L){let e=this.strings,r=!1;if(e===void 0)H=_(this,H,C,0),r=!Y(H)||H!==this._$AH&&H!==Z,r&&(this._$AH=H);else{let t=H,i,d;for(H=e[0],i=0;i<e.length-1;i++)d=_(this,t[V+i],C,i),d===Z&&(d=this._$AH[i]),r||=!Y(d)||d!==this._$AH[i],d===A?H=A:H!==A&&(H+=(d??"")+e[i+1]),this._$AH[i]=d}r&&!L&&this.j(H)}j(H){H===A?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,H??"")}},n1=class extends D{constructor(){super(...arguments),this.type=3}j(H){this.element[this.name]=H===A?void 0:H}},p1=class extends D{constructor(){super(...arguments),this.type=4}j(H){this.element.toggleAttribute(this.name,!!H&&H!==A)}},m1=class extends D{constructor(H,C,V,L,e){super(H,C,V,L,e),this.type=5}_$AI(H,C=this){if((H=_(this,H,C,0)??A)===Z)return;let V=this._$AH,L=H===A&&V!==A||H.capture!==V.capture||H.once!==V.once||H.passive!==V.passive,e=H!==A&&(V===A||L);L&&this.element.removeEventListener(this.name,this,V),e&&this.element.addEventListener(this.name,this,H),this._$AH=H}handleEvent(H){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,H):this._$AH.handleEvent(H)}},l1=class{constructor(H,C,V){this.element=H,this.type=6,this._$AN=void 0,this._$AM=C,this.options=V}get _$AU(){return this._$AM._$AU}_$AI(H){_(this,H)}},w2={M:T1,P:O,A:R1,C:1,L:b2,R:d1,D:g2,V:_,I:N,H:D,N:p1,U:m1,B:n1,F:l1},x5=P1.litHtmlPolyfillSupport;x5?.(J,N),(P1.litHtmlVersions??=[]).push("3.3.3");var y2=(M,H,C)=>{let V=C?.renderBefore??H,L=V._$litPart$;if(L===void 0){let e=C?.renderBefore??null;V._$litPart$=L=new N(H.insertBefore(X(),e),e,void 0,C??{})}return L._$AI(M),L};var _1=globalThis,b=class extends h{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let H=super.createRenderRoot();return this.renderOptions.renderBefore??=H.firstChild,H}update(H){let C=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(H),this._$Do=y2(C,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return Z}};b._$litElement$=!0,b.finalized=!0,_1.litElementHydrateSupport?.({LitElement:b});var s5=_1.litElementPolyfillSupport;s5?.({LitElement:b});(_1.litElementVersions??=[]).push("4.2.2");var Z5={attribute:!0,type:String,converter:q,reflect:!1,hasChanged:a1},u5=(M=Z5,H,C)=>{let{kind:V,metadata:L}=C,e=globalThis.litPropertyMetadata.get(L);if(e===void 0&&globalThis.litPropertyMetadata.set(L,e=new Map),V==="setter"&&((M=Object.create(M)).wrapped=!0),e.set(C.name,M),V==="accessor"){let{name:r}=C;return{set(t){let i=H.get.call(this);H.set.call(this,t),this.requestUpdate(r,i,M,!0,t)},init(t){return t!==void 0&&this.C(r,void 0,M,t),t}}}if(V==="setter"){let{name:r}=C;return function(t){let i=this[r];H.call(this,t),this.requestUpdate(r,i,M,!0,t)}}throw Error("Unsupported decorator location: "+V)};function B2(M){return(H,C)=>typeof C=="object"?u5(M,H,C):((V,L,e)=>{let r=L.hasOwnProperty(e);return L.constructor.createProperty(e,V),r?Object.getOwnPropertyDescriptor(L,e):void 0})(M,H,C)}function s(M){return B2({...M,state:!0,attribute:!1})}var P2={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},W=M=>(...H)=>({_$litDirective$:M,values:H}),w=class{constructor(H){}get _$AU(){return this._$AM._$AU}_$AT(H,C,V){this._$Ct=H,this._$AM=C,this._$Ci=V}_$AS(H,C){return this.update(H,C)}update(H,C){return this.render(...C)}};var{I:c5}=w2,T2=M=>M;var R2=()=>document.createComment(""),I=(M,H,C)=>{let V=M._$AA.parentNode,L=H===void 0?M._$AB:H._$AA;if(C===void 0){let e=V.insertBefore(R2(),L),r=V.insertBefore(R2(),L);C=new c5(e,r,M,M.options)}else{let e=C._$AB.nextSibling,r=C._$AM,t=r!==M;if(t){let i;C._$AQ?.(M),C._$AM=M,C._$AP!==void 0&&(i=M._$AU)!==r._$AU&&C._$AP(i)}if(e!==L||t){let i=C._$AA;for(;i!==e;){let d=T2(i).nextSibling;T2(V).insertBefore(i,L),i=d}}}return C},y=(M,H,C=M)=>(M._$AI(H,C),M),S5={},x1=(M,H=S5)=>M._$AH=H,F2=M=>M._$AH,s1=M=>{M._$AR(),M._$AA.remove()};var E2=(M,H,C)=>{let V=new Map;for(let L=H;L<=C;L++)V.set(M[L],L);return V},g=W(class extends w{constructor(M){if(super(M),M.type!==P2.CHILD)throw Error("repeat() can only be used in text expressions")}dt(M,H,C){let V;C===void 0?C=H:H!==void 0&&(V=H);let L=[],e=[],r=0;for(let t of M)L[r]=V?V(t,r):r,e[r]=C(t,r),r++;return{values:e,keys:L}}render(M,H,C){return this.dt(M,H,C).values}update(M,[H,C,V]){let L=F2(M),{values:e,keys:r}=this.dt(H,C,V);if(!Array.isArray(L))return this.ut=r,e;let t=this.ut??=[],i=[],d,n,o=0,p=L.length-1,m=0,v=e.length-1;for(;o<=p&&m<=v;)if(L[o]===null)o++;else if(L[p]===null)p--;else if(t[o]===r[m])i[m]=y(L[o],e[m]),o++,m++;else if(t[p]===r[v])i[v]=y(L[p],e[v]),p--,v--;else if(t[o]===r[v])i[v]=y(L[o],e[v]),I(M,i[v+1],L[o]),o++,v--;else if(t[p]===r[m])i[m]=y(L[p],e[m]),I(M,L[o],L[p]),p--,m++;else if(d===void 0&&(d=E2(r,m,v),n=E2(t,o,p)),d.has(t[o]))if(d.has(t[p])){let c=n.get(r[m]),g1=c!==void 0?L[c]:null;if(g1===null){let Y1=I(M,L[o]);y(Y1,e[m]),i[m]=Y1}else i[m]=y(g1,e[m]),I(M,L[o],g1),L[c]=null;m++}else s1(L[p]),p--;else s1(L[o]),o++;for(;m<=v;){let c=I(M,i[v+1]);y(c,e[m]),i[m++]=c}for(;o<=p;){let c=L[o++];c!==null&&s1(c)}return this.ut=r,x1(M,i),Z}});var D1=class{constructor(H,C){this.connection=H;this.entryId=C;this.calls=[];this.of=new Map;this.actions=new Set;this.own="";this.code="";this.names={};this.recordings=!1;this.parked=[];this.asking=new Set;this.refused=!1;this.snapshots=0;this.ahead=0;this.byId=new Map;this.listeners=new Set;this.retry=0;this.delay=2e3;this.connect=()=>{clearTimeout(this.retry);let H=this.connection.subscribeMessage(C=>{H===this.subscription&&this.receive(C)},{type:"ippbx/calls/subscribe",config_entry_id:this.entryId},{resubscribe:!1});this.subscription=H,H.catch(C=>{H===this.subscription&&(this.refused=C?.code==="unauthorized",this.again())})}}listen(H){return this.listeners.size||(this.connection.addEventListener("ready",this.connect),this.connect()),this.listeners.add(H),()=>{this.listeners.delete(H),this.listeners.size||(this.connection.removeEventListener("ready",this.connect),this.end())}}changed(H=[],C=[]){for(let V of this.listeners)V(H,C)}time(H){return Date.parse(H)+this.ahead}again(){this.live=!1,this.show([]),!this.refused&&(this.retry=window.setTimeout(this.connect,this.delay),this.delay=Math.min(2*this.delay,1e4))}end(){clearTimeout(this.retry),this.subscription?.then(H=>H()).catch(()=>{}),this.subscription=void 0}receive(H){if(H.closed){this.again();return}H.actions&&(this.delay=2e3,this.refused=!1,this.live=!0,this.snapshots++,this.actions=new Set(H.actions),this.own=H.own??"",this.code=H.code??"",this.names=H.names??{},this.recordings=!!H.recordings,this.byId.clear()),H.now&&(this.ahead=Date.now()-Date.parse(H.now));for(let[C,V]of Object.entries(H.calls??{}))V?this.byId.set(C,V):this.byId.delete(C);this.show([...this.byId.values()],H.logged,H.completed)}show(H,C,V){this.calls=H.sort((L,e)=>L.started.localeCompare(e.started)),this.parked=this.parked.filter(L=>this.isParked(L)),this.of=new Map;for(let L of this.calls)for(let e of L.legs){let r=this.of.get(e.extension)??[];r.push({call:L,leg:e}),this.of.set(e.extension,r)}this.changed(C,V)}park({call_id:H},C,V){let L=_2(this.byId.get(H));this.parked.push({slot:C,call:H,label:V,since:Date.now(),talking:L}),this.show(this.calls)}isParked(H){let C=_2(this.byId.get(H.call)),V=C.some(L=>!H.talking.includes(L));return H.talking=C,this.byId.has(H.call)&&!V}},_2=M=>(M?.legs??[]).filter(({state:H})=>H==="talking").map(({extension:H})=>H),D2=new WeakMap;function $2(M,H){let C=D2.get(M.connection)??new Map;D2.set(M.connection,C);let V=C.get(H)??new D1(M.connection,H);return C.set(H,V),V}var u="ippbx";async function N2(M,H){let C=H;if(C.translation_domain&&C.translation_key){let L=(await M.loadBackendTranslation("exceptions",C.translation_domain))(`component.${C.translation_domain}.exceptions.${C.translation_key}.message`,C.translation_placeholders);if(L)return L}return C.message||String(H)}function $1(M,H,C){M.dispatchEvent(new CustomEvent(H,{bubbles:!0,composed:!0,detail:C}))}var l=M=>a`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${M}></path></svg>`;var C1={hidden:"xxx",not_told:["","unknown"],withheld:["","anonymous","private","restricted","unavailable","unknown","withheld"]};var W2="ippbx",N1=new WeakMap;async function I2(M,H){return(await U2(M))[H]??""}async function z2(M,H,C){let V={...await U2(M),[H]:C};N1.set(M.connection,Promise.resolve(V)),await M.callWS({type:"frontend/set_user_data",key:W2,value:V})}function U2(M){let H=N1.get(M.connection);return H||(H=M.callWS({type:"frontend/get_user_data",key:W2}).then(C=>C.value??{}),N1.set(M.connection,H)),H}var G2={connected:"connected",missed_calls:"missed",reset_missed_calls:"resetMissed"},Q2={extension_status:"status",do_not_disturb:"dnd",forward_all_calls:"forward"},Z1;function H1(M){return(Z1?.devices!==M.devices||Z1.entities!==M.entities)&&(Z1={devices:M.devices,entities:M.entities,found:O5(M)}),Z1.found}function K2(M,H){let C=H1(M);return H?C.find(V=>V.entryId===H):C[0]}var W1=M=>M.identifiers?.find(([H])=>H===u)?.[1];function O5(M){let H=Object.values(M.devices).filter(W1),C=[],V=new Map;for(let L of H){let e=W1(L);if(e!==L.serial_number||!L.primary_config_entry)continue;let r={entryId:L.primary_config_entry,name:I1(L),extensions:[],byNumber:new Map,lines:[],watched:[]};V.set(L.id,{pbx:r});let t=` (${g5(L)})`;for(let d of H){let n=W1(d);if(n.startsWith(`${e}_ext_`)){let o=n.slice(e.length+5),p={number:o,name:I1(d,t),renamed:d.name_by_user};r.extensions.push(p),r.byNumber.set(o,p),V.set(d.id,{pbx:r,extension:p})}else if(n.startsWith(`${e}_trunk_`)){let o={key:n,name:I1(d,t)};r.lines.push(o),V.set(d.id,{pbx:r,line:o})}}let i=(d,n)=>d.number.localeCompare(n.number,void 0,{numeric:!0});r.extensions.sort(i),r.lines.sort((d,n)=>d.name.localeCompare(n.name,void 0,{numeric:!0})),C.push(r)}for(let L of Object.values(M.entities)){let e=L.device_id?V.get(L.device_id):void 0,r=L.translation_key??"";if(!e||L.platform!==u)continue;let{pbx:t,extension:i,line:d}=e;if(i&&Q2[r])i[Q2[r]]=L.entity_id;else if(d&&r==="trunk_status")d.status=L.entity_id;else if(!i&&!d&&G2[r])t[G2[r]]=L.entity_id;else continue;t.watched.push(L.entity_id)}return C.sort((L,e)=>L.name.localeCompare(e.name))}function I1(M,H=""){let C=M.name??"";return M.name_by_user||(H&&C.endsWith(H)?C.slice(0,-H.length):C)}function g5(M){let H=M.name??"";return/\(([^()]+)\)$/.exec(H)?.[1]??H}function q2(M,H,C){return M.devices!==H.devices||M.entities!==H.entities||M.language!==H.language||M.locale!==H.locale||M.connection!==H.connection||M.formatEntityState!==H.formatEntityState||!!C?.watched.some(V=>M.states[V]!==H.states[V])}var j2={"switchboard.name":"Telefonzentrale","switchboard.description":"Anrufe, Nebenstellen und Leitungen einer Telefonanlage, mit Wähltasten","calls.name":"Anrufe","calls.description":"Telefonanrufe einer Anlage: wer anrief, was verpasst wurde, mit Rückruf","strategy.name":"Telefonanlage","strategy.description":"Telefonzentrale und Anrufe jeder Telefonanlage",no_pbx:"Es gibt noch keine Telefonanlage. Füge zuerst die Integration „IP PBX“ hinzu.",other_pbx:"Die Telefonanlage, die diese Karte nennt, gibt es nicht. Wähle in den Einstellungen der Karte eine aus.",unauthorized:"Du darfst die Anrufe dieser Telefonanlage nicht sehen.",not_allowed:"Das darfst du nicht.",disconnected:"Die Telefonanlage ist nicht erreichbar.",extensions:"Nebenstellen",lines:"Leitungen",active_calls:"Laufende Gespräche",no_active_calls:"Niemand telefoniert",parked:"Geparkte Anrufe",slot:"Parkplatz {slot}",search:"Name oder Nummer suchen",nothing_found:"Nichts gefunden",dial_pad:"Wähltasten",number:"Nummer",call:"Anrufen",call_name:"{name} anrufen",from:"Deine Nebenstelle",choose_extension:"Wähle deine Nebenstelle",own:"Du",delete:"Letzte Ziffer löschen",ringing_own:"Zuerst klingelt {extension}, dann wird {number} angerufen.",hang_up:"Auflegen",hold:"Halten",resume:"Fortsetzen",transfer:"Weiterleiten",park:"Parken",retrieve:"Zurückholen",accept:"Annehmen",refuse:"Abweisen",close:"Schließen",cancel:"Abbrechen",details:"Details",transfer_to:"Weiterleiten an …",transfer_hint:"Wähle eine Nebenstelle oder nutze die Wähltasten.",ask_first:"Erst fragen",consulting:"{name} fragt {other} wegen {caller}.","step.complete":"Jetzt weiterleiten","step.swap":"Makeln","step.three_way":"Dreierkonferenz","step.abort":"Zurück zum ersten Anruf",incoming:"Eingehender Anruf",for_extension:"für {extension}",unknown:"Unbekannte Nummer",withheld:"Unterdrückte Nummer",do_not_disturb:"Bitte nicht stören",forwarded:"Alle Anrufe umleiten","state.unknown":"Unbekannt","call.invited":"Wartet auf Entscheidung","call.dialing":"Wählt","call.waiting":"Wartet","call.ringing":"Klingelt","call.talking":"Im Gespräch","call.on_hold":"Gehalten","direction.inbound":"Eingehend","direction.outbound":"Ausgehend","direction.internal":"Intern","outcome.answered":"Angenommen","outcome.missed":"Verpasst","outcome.busy":"Besetzt","outcome.failed":"Fehlgeschlagen","outcome.voicemail":"Mailbox","outcome.refused":"Abgewiesen","outcome.cancelled":"Abgebrochen","outcome.unknown":"Unbekannt","shown.all":"Alle","shown.missed":"Verpasste","shown.inbound":"Eingehende","shown.outbound":"Ausgehende","shown.internal":"Interne",show:"Anzeigen",all_extensions:"Alle Nebenstellen",missed_count:"Verpasste Anrufe: {count}",reset:"Zurücksetzen",call_back:"Zurückrufen",call_back_name:"{name} zurückrufen",play:"Anhören",recording_of:"Aufnahme: {name}",recording_failed:"Diese Aufnahme lässt sich nicht abspielen.",to_name:"an {name}",by_name:"von {name}",today:"Heute",yesterday:"Gestern",gap:"Anrufe bis {until} sind nicht bekannt",loading:"Wird geladen …",no_calls:"Noch keine Anrufe",end_of_log:"Keine älteren Anrufe","editor.config_entry_id":"Telefonanlage","editor.title":"Titel","editor.own_extension":"Deine Nebenstelle","editor.own_extension.help":"Klingelt zuerst, wenn du jemanden anrufst. Auf einem gemeinsamen Dashboard leer lassen: Jede Person wählt ihre eigene bei den Wähltasten.","editor.extensions":"Nur diese Nebenstellen","editor.extensions.help":"Nummern, durch Kommas getrennt; leer zeigt alle.","editor.show_calls":"Laufende Gespräche anzeigen","editor.show_lines":"Leitungen anzeigen","editor.show_dial_pad":"Wähltasten anzeigen","editor.popup":"Fenster öffnen, wenn deine Nebenstelle klingelt"};var z1={"switchboard.name":"Switchboard","switchboard.description":"Phones and calls of a PBX: extensions, calls in progress, lines and a dial pad","calls.name":"Calls","calls.description":"Phone calls of a PBX: who called, who was missed, and calling back","strategy.name":"PBX","strategy.description":"Switchboard and calls of each PBX",no_pbx:"There is no PBX yet. Add the integration “IP PBX” first.",other_pbx:"The PBX that this card names is not there. Choose one in the settings of the card.",unauthorized:"You may not see the calls of this PBX.",not_allowed:"You may not do this.",disconnected:"The PBX cannot be reached.",extensions:"Extensions",lines:"Lines",active_calls:"Calls in progress",no_active_calls:"Nobody is on the phone",parked:"Parked calls",slot:"Slot {slot}",search:"Search name or number",nothing_found:"Nothing found",dial_pad:"Dial pad",number:"Number",call:"Call",call_name:"Call {name}",from:"Your extension",choose_extension:"Choose your extension",own:"You",delete:"Delete the last digit",ringing_own:"{extension} rings first, then {number} is called.",hang_up:"Hang up",hold:"Hold",resume:"Resume",transfer:"Transfer",park:"Park",retrieve:"Take back",accept:"Accept",refuse:"Refuse",close:"Close",cancel:"Cancel",details:"Details",transfer_to:"Transfer to …",transfer_hint:"Pick an extension, or use the dial pad.",ask_first:"Ask first",consulting:"{name} asks {other} about {caller}.","step.complete":"Transfer now","step.swap":"Swap","step.three_way":"Three-way call","step.abort":"Back to the first call",incoming:"Incoming call",for_extension:"for {extension}",unknown:"Unknown number",withheld:"Withheld number",do_not_disturb:"Do not disturb",forwarded:"Forward all calls","state.unknown":"Unknown","call.invited":"Waits for a decision","call.dialing":"Dialing","call.waiting":"Waiting","call.ringing":"Ringing","call.talking":"Talking","call.on_hold":"On hold","direction.inbound":"Incoming","direction.outbound":"Outgoing","direction.internal":"Internal","outcome.answered":"Answered","outcome.missed":"Missed","outcome.busy":"Busy","outcome.failed":"Failed","outcome.voicemail":"Voicemail","outcome.refused":"Declined","outcome.cancelled":"Cancelled","outcome.unknown":"Unknown","shown.all":"All","shown.missed":"Missed","shown.inbound":"Incoming","shown.outbound":"Outgoing","shown.internal":"Internal",show:"Show",all_extensions:"All extensions",missed_count:"Missed calls: {count}",reset:"Reset",call_back:"Call back",call_back_name:"Call {name} back",play:"Listen",recording_of:"Recording: {name}",recording_failed:"This recording cannot be played.",to_name:"to {name}",by_name:"by {name}",today:"Today",yesterday:"Yesterday",gap:"Calls until {until} are not known",loading:"Loading …",no_calls:"No calls yet",end_of_log:"No older calls","editor.config_entry_id":"PBX","editor.title":"Title","editor.own_extension":"Your extension","editor.own_extension.help":"Rings first when you call somebody. Leave it empty on a shared dashboard: each person chooses their own in the dial pad.","editor.extensions":"Only these extensions","editor.extensions.help":"Numbers, separated by commas; empty shows all of them.","editor.show_calls":"Show calls in progress","editor.show_lines":"Show lines","editor.show_dial_pad":"Show the dial pad","editor.popup":"Pop up when your extension rings"};var X2={"switchboard.name":"Centralita","switchboard.description":"Llamadas, teléfonos y líneas de una centralita, con teclado","calls.name":"Llamadas","calls.description":"Llamadas de teléfono de una centralita: quién llamó, las perdidas y devolver la llamada","strategy.name":"Centralita","strategy.description":"Centralita y llamadas de cada una",no_pbx:"Todavía no hay ninguna centralita. Añade primero la integración «IP PBX».",other_pbx:"La centralita que indica esta tarjeta no existe. Elige una en los ajustes de la tarjeta.",unauthorized:"No puedes ver las llamadas de esta centralita.",not_allowed:"No tienes permiso para hacer esto.",disconnected:"No se puede contactar con la centralita.",extensions:"Extensiones",lines:"Líneas",active_calls:"Llamadas en curso",no_active_calls:"Nadie está al teléfono",parked:"Llamadas aparcadas",slot:"Plaza {slot}",search:"Buscar nombre o número",nothing_found:"No se encontró nada",dial_pad:"Teclado",number:"Número",call:"Llamar",call_name:"Llamar a {name}",from:"Tu extensión",choose_extension:"Elige tu extensión",own:"Tú",delete:"Borrar la última cifra",ringing_own:"Primero suena {extension} y después se llama a {number}.",hang_up:"Colgar",hold:"Retener",resume:"Reanudar",transfer:"Transferir",park:"Aparcar",retrieve:"Recuperar",accept:"Aceptar",refuse:"Rechazar",close:"Cerrar",cancel:"Cancelar",details:"Detalles",transfer_to:"Transferir a …",transfer_hint:"Elige una extensión o usa el teclado.",ask_first:"Preguntar antes",consulting:"{name} consulta a {other} sobre {caller}.","step.complete":"Transferir ahora","step.swap":"Alternar","step.three_way":"Llamada a tres","step.abort":"Volver a la primera llamada",incoming:"Llamada entrante",for_extension:"para {extension}",unknown:"Número desconocido",withheld:"Número oculto",do_not_disturb:"No molestar",forwarded:"Desviar todas las llamadas","state.unknown":"Desconocido","call.invited":"Espera una decisión","call.dialing":"Marcando","call.waiting":"Esperando","call.ringing":"Sonando","call.talking":"En conversación","call.on_hold":"En espera","direction.inbound":"Entrante","direction.outbound":"Saliente","direction.internal":"Interna","outcome.answered":"Contestada","outcome.missed":"Perdida","outcome.busy":"Ocupado","outcome.failed":"Fallida","outcome.voicemail":"Buzón de voz","outcome.refused":"Rechazada","outcome.cancelled":"Cancelada","outcome.unknown":"Desconocido","shown.all":"Todas","shown.missed":"Perdidas","shown.inbound":"Entrantes","shown.outbound":"Salientes","shown.internal":"Internas",show:"Mostrar",all_extensions:"Todas las extensiones",missed_count:"Llamadas perdidas: {count}",reset:"Restablecer",call_back:"Devolver la llamada",call_back_name:"Devolver la llamada a {name}",play:"Escuchar",recording_of:"Grabación: {name}",recording_failed:"Esta grabación no se puede reproducir.",to_name:"a {name}",by_name:"de {name}",today:"Hoy",yesterday:"Ayer",gap:"No se conocen las llamadas hasta {until}",loading:"Cargando …",no_calls:"Aún no hay llamadas",end_of_log:"No hay llamadas más antiguas","editor.config_entry_id":"Centralita","editor.title":"Título","editor.own_extension":"Tu extensión","editor.own_extension.help":"Suena primero cuando llamas a alguien. Déjalo vacío en un panel compartido: cada persona elige la suya en el teclado.","editor.extensions":"Solo estas extensiones","editor.extensions.help":"Números separados por comas; vacío las muestra todas.","editor.show_calls":"Mostrar las llamadas en curso","editor.show_lines":"Mostrar las líneas","editor.show_dial_pad":"Mostrar el teclado","editor.popup":"Abrir una ventana cuando suena tu extensión"};var Y2={"switchboard.name":"Standard téléphonique","switchboard.description":"Appels, téléphones et lignes d’un PBX, avec un clavier","calls.name":"Appels","calls.description":"Appels téléphoniques d’un PBX : qui a appelé, les appels manqués, et le rappel","strategy.name":"PBX","strategy.description":"Standard et appels de chaque PBX",no_pbx:"Il n’y a pas encore de PBX. Ajoutez d’abord l’intégration « IP PBX ».",other_pbx:"Le PBX que cette carte indique n’existe pas. Choisissez-en un dans les réglages de la carte.",unauthorized:"Vous ne pouvez pas voir les appels de ce PBX.",not_allowed:"Vous n’êtes pas autorisé à faire cela.",disconnected:"Le PBX est injoignable.",extensions:"Postes",lines:"Lignes",active_calls:"Appels en cours",no_active_calls:"Personne n’est au téléphone",parked:"Appels parqués",slot:"Emplacement {slot}",search:"Chercher un nom ou un numéro",nothing_found:"Aucun résultat",dial_pad:"Clavier",number:"Numéro",call:"Appeler",call_name:"Appeler {name}",from:"Votre poste",choose_extension:"Choisissez votre poste",own:"Vous",delete:"Effacer le dernier chiffre",ringing_own:"{extension} sonne d’abord, puis {number} est appelé.",hang_up:"Raccrocher",hold:"Mettre en attente",resume:"Reprendre",transfer:"Transférer",park:"Parquer",retrieve:"Récupérer",accept:"Accepter",refuse:"Refuser",close:"Fermer",cancel:"Annuler",details:"Détails",transfer_to:"Transférer vers …",transfer_hint:"Choisissez un poste ou utilisez le clavier.",ask_first:"Demander d’abord",consulting:"{name} consulte {other} au sujet de {caller}.","step.complete":"Transférer maintenant","step.swap":"Basculer","step.three_way":"Conférence à trois","step.abort":"Revenir au premier appel",incoming:"Appel entrant",for_extension:"pour {extension}",unknown:"Numéro inconnu",withheld:"Numéro masqué",do_not_disturb:"Ne pas déranger",forwarded:"Renvoyer tous les appels","state.unknown":"Inconnu","call.invited":"Attend une décision","call.dialing":"Numérotation","call.waiting":"Patiente","call.ringing":"Sonne","call.talking":"En communication","call.on_hold":"En attente","direction.inbound":"Entrant","direction.outbound":"Sortant","direction.internal":"Interne","outcome.answered":"Décroché","outcome.missed":"Manqué","outcome.busy":"Occupé","outcome.failed":"Échoué","outcome.voicemail":"Messagerie vocale","outcome.refused":"Refusé","outcome.cancelled":"Annulé","outcome.unknown":"Inconnu","shown.all":"Tous","shown.missed":"Manqués","shown.inbound":"Entrants","shown.outbound":"Sortants","shown.internal":"Internes",show:"Afficher",all_extensions:"Tous les postes",missed_count:"Appels manqués : {count}",reset:"Réinitialiser",call_back:"Rappeler",call_back_name:"Rappeler {name}",play:"Écouter",recording_of:"Enregistrement : {name}",recording_failed:"Impossible de lire cet enregistrement.",to_name:"à {name}",by_name:"par {name}",today:"Aujourd’hui",yesterday:"Hier",gap:"Les appels jusqu’au {until} ne sont pas connus",loading:"Chargement …",no_calls:"Pas encore d’appels",end_of_log:"Pas d’appels plus anciens","editor.config_entry_id":"PBX","editor.title":"Titre","editor.own_extension":"Votre poste","editor.own_extension.help":"Sonne d’abord quand vous appelez quelqu’un. Laissez vide sur un tableau de bord partagé : chacun choisit le sien au clavier.","editor.extensions":"Seulement ces postes","editor.extensions.help":"Numéros séparés par des virgules ; vide les affiche tous.","editor.show_calls":"Afficher les appels en cours","editor.show_lines":"Afficher les lignes","editor.show_dial_pad":"Afficher le clavier","editor.popup":"Ouvrir une fenêtre quand votre poste sonne"};var J2={"switchboard.name":"Mesa telefônica","switchboard.description":"Chamadas, telefones e linhas de um PABX, com teclado","calls.name":"Chamadas","calls.description":"Chamadas de telefone de um PABX: quem ligou, as perdidas e o retorno","strategy.name":"PABX","strategy.description":"Mesa telefônica e chamadas de cada PABX",no_pbx:"Ainda não há nenhum PABX. Adicione primeiro a integração “IP PBX”.",other_pbx:"O PABX que este cartão indica não existe. Escolha um nas configurações do cartão.",unauthorized:"Você não pode ver as chamadas deste PABX.",not_allowed:"Você não tem permissão para fazer isso.",disconnected:"O PABX não pode ser alcançado.",extensions:"Ramais",lines:"Linhas",active_calls:"Chamadas em andamento",no_active_calls:"Ninguém está ao telefone",parked:"Chamadas estacionadas",slot:"Vaga {slot}",search:"Buscar nome ou número",nothing_found:"Nada encontrado",dial_pad:"Teclado",number:"Número",call:"Ligar",call_name:"Ligar para {name}",from:"Seu ramal",choose_extension:"Escolha seu ramal",own:"Você",delete:"Apagar o último dígito",ringing_own:"Primeiro toca {extension}, depois {number} é chamado.",hang_up:"Desligar",hold:"Colocar em espera",resume:"Retomar",transfer:"Transferir",park:"Estacionar",retrieve:"Recuperar",accept:"Aceitar",refuse:"Recusar",close:"Fechar",cancel:"Cancelar",details:"Detalhes",transfer_to:"Transferir para …",transfer_hint:"Escolha um ramal ou use o teclado.",ask_first:"Perguntar antes",consulting:"{name} consulta {other} sobre {caller}.","step.complete":"Transferir agora","step.swap":"Alternar","step.three_way":"Chamada a três","step.abort":"Voltar à primeira chamada",incoming:"Chamada recebida",for_extension:"para {extension}",unknown:"Número desconhecido",withheld:"Número privado",do_not_disturb:"Não perturbe",forwarded:"Desviar todas as chamadas","state.unknown":"Desconhecido","call.invited":"Aguarda uma decisão","call.dialing":"Discando","call.waiting":"Aguardando","call.ringing":"Tocando","call.talking":"Em conversa","call.on_hold":"Em espera","direction.inbound":"Recebida","direction.outbound":"Efetuada","direction.internal":"Interna","outcome.answered":"Atendida","outcome.missed":"Perdida","outcome.busy":"Ocupado","outcome.failed":"Falhou","outcome.voicemail":"Correio de voz","outcome.refused":"Recusada","outcome.cancelled":"Cancelada","outcome.unknown":"Desconhecido","shown.all":"Todas","shown.missed":"Perdidas","shown.inbound":"Recebidas","shown.outbound":"Efetuadas","shown.internal":"Internas",show:"Mostrar",all_extensions:"Todos os ramais",missed_count:"Chamadas perdidas: {count}",reset:"Redefinir",call_back:"Retornar a chamada",call_back_name:"Retornar a chamada de {name}",play:"Ouvir",recording_of:"Gravação: {name}",recording_failed:"Não é possível reproduzir esta gravação.",to_name:"para {name}",by_name:"de {name}",today:"Hoje",yesterday:"Ontem",gap:"As chamadas até {until} não são conhecidas",loading:"Carregando …",no_calls:"Ainda não há chamadas",end_of_log:"Não há chamadas mais antigas","editor.config_entry_id":"PABX","editor.title":"Título","editor.own_extension":"Seu ramal","editor.own_extension.help":"Toca primeiro quando você liga para alguém. Deixe vazio em um painel compartilhado: cada pessoa escolhe o seu no teclado.","editor.extensions":"Somente estes ramais","editor.extensions.help":"Números separados por vírgulas; vazio mostra todos.","editor.show_calls":"Mostrar chamadas em andamento","editor.show_lines":"Mostrar linhas","editor.show_dial_pad":"Mostrar o teclado","editor.popup":"Abrir uma janela quando seu ramal toca"};var C5={"switchboard.name":"总机","switchboard.description":"PBX 的电话、分机、进行中的通话和线路，带拨号盘","calls.name":"通话记录","calls.description":"PBX 的电话通话记录：来电、未接来电和回拨","strategy.name":"PBX","strategy.description":"每台 PBX 的总机和通话记录",no_pbx:"还没有 PBX。请先添加集成“IP PBX”。",other_pbx:"此卡片指定的 PBX 不存在。请在卡片设置中选择一个。",unauthorized:"您无权查看此 PBX 的通话。",not_allowed:"您无权执行此操作。",disconnected:"无法连接 PBX。",extensions:"分机",lines:"线路",active_calls:"进行中的通话",no_active_calls:"无人通话",parked:"停泊的通话",slot:"停泊位 {slot}",search:"搜索姓名或号码",nothing_found:"未找到",dial_pad:"拨号盘",number:"号码",call:"呼叫",call_name:"呼叫 {name}",from:"您的分机",choose_extension:"选择您的分机",own:"您",delete:"删除最后一位",ringing_own:"先振铃 {extension}，然后呼叫 {number}。",hang_up:"挂断",hold:"保持",resume:"恢复",transfer:"转接",park:"停泊",retrieve:"取回",accept:"接受",refuse:"拒绝",close:"关闭",cancel:"取消",details:"详情",transfer_to:"转接至……",transfer_hint:"选择分机或使用拨号盘。",ask_first:"先询问",consulting:"{name} 正就 {caller} 询问 {other}。","step.complete":"立即转接","step.swap":"切换通话","step.three_way":"三方通话","step.abort":"返回第一个通话",incoming:"来电",for_extension:"致 {extension}",unknown:"未知号码",withheld:"匿名号码",do_not_disturb:"免打扰",forwarded:"转移所有来电","state.unknown":"未知","call.invited":"等待处理","call.dialing":"拨号中","call.waiting":"等待中","call.ringing":"振铃中","call.talking":"通话中","call.on_hold":"保持中","direction.inbound":"呼入","direction.outbound":"呼出","direction.internal":"内部","outcome.answered":"已接听","outcome.missed":"未接","outcome.busy":"忙","outcome.failed":"失败","outcome.voicemail":"语音信箱","outcome.refused":"已拒绝","outcome.cancelled":"已取消","outcome.unknown":"未知","shown.all":"全部","shown.missed":"未接","shown.inbound":"呼入","shown.outbound":"呼出","shown.internal":"内部",show:"显示",all_extensions:"所有分机",missed_count:"未接来电：{count}",reset:"重置",call_back:"回拨",call_back_name:"回拨 {name}",play:"收听",recording_of:"录音：{name}",recording_failed:"无法播放此录音。",to_name:"致 {name}",by_name:"来自 {name}",today:"今天",yesterday:"昨天",gap:"{until} 之前的通话未知",loading:"加载中……",no_calls:"暂无通话",end_of_log:"没有更早的通话","editor.config_entry_id":"PBX","editor.title":"标题","editor.own_extension":"您的分机","editor.own_extension.help":"呼叫他人时先振铃。在共用的仪表盘上请留空：每个人在拨号盘中选择自己的分机。","editor.extensions":"仅这些分机","editor.extensions.help":"号码以逗号分隔；留空则全部显示。","editor.show_calls":"显示进行中的通话","editor.show_lines":"显示线路","editor.show_dial_pad":"显示拨号盘","editor.popup":"您的分机振铃时弹出窗口"};var U1={de:j2,en:z1,es:X2,fr:Y2,"pt-BR":J2,"zh-Hans":C5};function z(M){let H=M.split("-")[0],C=U1[M]??U1[Object.keys(U1).find(V=>V.split("-")[0]===H)??"en"];return(V,L={})=>(C[V]??z1[V]).replace(/\{(\w+)\}/g,(e,r)=>String(L[r]??""))}var u1=()=>z(document.documentElement.lang||"en");var H5=600,f=class extends b{constructor(){super(...arguments);this.problem="";this.chosenOwn="";this.localize=z("en");this.sent=new Set}get hass(){return this.current}set hass(C){let V=this.current;this.current=C,!(!C||V&&!q2(V,C,this.pbx))&&(V?.language!==C.language&&(this.localize=z(C.language)),this.bind(),this.requestUpdate())}setConfig(C){this.config=C,this.bind()}connectedCallback(){super.connectedCallback(),this.bind()}disconnectedCallback(){super.disconnectedCallback(),this.leave()}bind(){if(!this.current||!this.config)return;this.pbx=K2(this.current,this.config.config_entry_id);let C=this.pbx&&this.isConnected?$2(this.current,this.pbx.entryId):void 0;C!==this.feed&&(this.leave(),C&&(this.feed=C,this.leaveFeed=C.listen((...V)=>this.callsChanged(...V)),this.joined(),I2(this.current,this.pbx.entryId).then(V=>this.chosenOwn=V).catch(()=>{})))}leave(){this.leaveFeed?.(),this.leaveFeed=this.feed=void 0}joined(){}callsChanged(C,V){this.requestUpdate()}get own(){return String(this.config.own_extension||this.chosenOwn||this.feed?.own||"")}chooseOwn(C){this.chosenOwn=C,z2(this.current,this.pbx.entryId,C).catch(V=>this.fail(V))}async act(C,V){let L={config_entry_id:this.pbx.entryId,...V},e=JSON.stringify([C,C==="hang_up"?V.call_id:L]);if(!this.sent.has(e)){this.sent.add(e),this.problem="";try{return(await this.current.callService(u,C,L,void 0,!1,!0)).response??{}}catch(r){await this.fail(r);return}finally{window.setTimeout(()=>this.sent.delete(e),H5)}}}rest(C){for(let V of C)V.animate({pointerEvents:["none","none"]},H5)}async control(C,V,L){this.problem="";try{await this.current.callService(C,V,{},{entity_id:L},!1)}catch(e){await this.fail(e)}}async fail(C){this.problem=C.code==="unauthorized"?this.localize("not_allowed"):await N2(this.current,C)}text(C){return this.localize(C)}label(C="",V,L=!1){let e=L?void 0:this.pbx?.byNumber.get(C),r=C1.not_told.includes(C.toLowerCase())?"unknown":"withheld";return e?.renamed||V||this.feed?.names[e?.number??""]||e?.name||this.told(C)||this.localize(r)}told(C=""){return C1.withheld.includes(C.toLowerCase())?"":C}callerOf(C){return this.label(C.caller,C.caller_name,C.direction==="inbound")}renderProblem(){return this.problem?a`<div class="error" role="alert">
      <span dir="auto">${this.problem}</span>
      <button
        class="plain round"
        aria-label=${this.localize("close")}
        @click=${()=>this.problem=""}
      >
        ${l($)}
      </button>
    </div>`:A}renderObstacle(){let C=H1(this.current).length?"other_pbx":"no_pbx",V=this.pbx?this.feed?.refused?"unauthorized":void 0:C;return V&&a`<p class="empty">${this.localize(V)}</p>`}offers(...C){return C.some(V=>this.feed?.actions.has(V))}get acts(){return!this.feed?.live||this.feed.actions.size>0}get offline(){let C=this.pbx?.connected&&this.current.states[this.pbx.connected];return this.feed?.live===!1||!!C&&C.state!=="on"}};x([s()],f.prototype,"config",2),x([s()],f.prototype,"problem",2),x([s()],f.prototype,"chosenOwn",2);var c1=new Set,G1=0;function Q1(M){let H=Math.max(0,Math.floor(M)),C=e=>String(e).padStart(2,"0"),[V,L]=[Math.floor(H/3600),Math.floor(H/60)%60];return V?`${V}:${C(L)}:${C(H%60)}`:`${L}:${C(H%60)}`}var S1=class extends HTMLElement{constructor(){super(...arguments);this.from=0}set since(C){this.from=C,this.tick()}connectedCallback(){c1.add(this),G1||=window.setInterval(()=>c1.forEach(C=>C.tick()),1e3),this.tick()}disconnectedCallback(){c1.delete(this),c1.size||(clearInterval(G1),G1=0)}tick(){let C=Q1((Date.now()-this.from)/1e3);C!==this.textContent&&(this.textContent=C)}};var V5=[{name:"config_entry_id",selector:{config_entry:{integration:u}}},{name:"title",selector:{text:{}}},{name:"own_extension",selector:{text:{}}}],P5=[...V5,{name:"extensions",selector:{text:{}}},{name:"show_calls",default:!0,selector:{boolean:{}}},{name:"show_lines",default:!0,selector:{boolean:{}}},{name:"show_dial_pad",default:!0,selector:{boolean:{}}},{name:"popup",selector:{boolean:{}}}];function L5(M){let H=V=>u1()(`editor.${V}`),C=["own_extension","extensions"];return{schema:M,computeLabel:V=>H(V.name),computeHelper:V=>C.includes(V.name)?H(`${V.name}.help`):void 0}}var M5=()=>L5(V5),e5=()=>L5(P5);var h1=T`
  :host {
    --tint: color-mix(in srgb, var(--primary-color) 16%, transparent);
    --line: var(--divider-color, #e0e0e0);
    display: block;
    height: 100%;
  }
  ha-card {
    display: flex;
    flex-direction: column;
    gap: 12px;
    height: 100%;
    box-sizing: border-box;
    padding: 16px;
    overflow: clip;
    color: var(--primary-text-color);
  }
  .icon {
    width: 20px;
    height: 20px;
    flex: none;
    fill: currentColor;
  }
  .head {
    display: flex;
    align-items: center;
    gap: 8px;
    flex-wrap: wrap;
  }
  h2,
  h3 {
    margin: 0;
    font-weight: var(--ha-font-weight-medium, 500);
  }
  h2 {
    flex: 1;
    font-size: var(--ha-font-size-xl, 20px);
    overflow-wrap: anywhere;
  }
  h3 {
    font-size: var(--ha-font-size-m, 14px);
    color: var(--secondary-text-color);
  }
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
    min-height: 40px;
    box-sizing: border-box;
    border-radius: 10px;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    padding: 6px 12px;
    border: none;
    background: var(--tint);
    cursor: pointer;
    text-align: start;
  }
  button .icon {
    color: var(--primary-color);
  }
  button.plain {
    background: none;
  }
  button.round {
    width: 40px;
    padding: 0;
    border-radius: 50%;
    flex: none;
  }
  button.end {
    background: color-mix(in srgb, var(--error-color) 16%, transparent);
  }
  button.end .icon {
    color: var(--error-color);
  }
  button[aria-pressed="true"],
  button[aria-expanded="true"] {
    background: color-mix(in srgb, var(--primary-color) 32%, transparent);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  @media (hover: hover) {
    button:hover:enabled {
      filter: brightness(0.94) saturate(1.3);
    }
  }
  :is(button, input, select, [tabindex]):focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: 1px;
  }
  input,
  select {
    width: 100%;
    min-width: 0;
    padding: 6px 12px;
    border: 1px solid var(--line);
    background: var(--card-background-color, Canvas);
  }
  select {
    text-overflow: ellipsis;
  }
  input::placeholder {
    color: var(--secondary-text-color);
    opacity: 1;
  }
  /* A name is cut at its own end, which is another one than the page's where scripts differ. */
  .name bdi {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .second,
  .empty {
    color: var(--secondary-text-color);
    font-size: var(--ha-font-size-s, 12px);
  }
  .empty {
    margin: 0;
    font-size: var(--ha-font-size-m, 14px);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
  }
  .error {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 4px 4px 4px 12px;
    border-radius: 10px;
    background: color-mix(in srgb, var(--error-color) 16%, transparent);
  }
  .error > span {
    flex: 1;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  ippbx-clock {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
`;var r5=50,T5=300,K1={all:{},missed:{outcome:["missed"]},inbound:{direction:["inbound"]},outbound:{direction:["outbound"]},internal:{direction:["internal"]}},R5={inbound:e1,outbound:M1,internal:G},S=class extends f{constructor(){super(...arguments);this.entries=[];this.shown="all";this.extension="";this.search="";this.loading=!1;this.next=0;this.asked=0;this.seen=0;this.first="";this.pause=0;this.formatters=new Map}static{this.getConfigForm=M5}static{this.getStubConfig=()=>({})}getCardSize(){return 8}getGridOptions(){return{columns:12,min_columns:6,rows:8,min_rows:4}}disconnectedCallback(){super.disconnectedCallback(),clearTimeout(this.pause),this.observer?.disconnect(),this.observer=void 0}joined(){this.entries=[],this.seen=0,this.callsChanged([],[])}callsChanged(C,V){if(this.feed.snapshots!==this.seen){this.seen=this.feed.snapshots,this.reload();return}this.feed.live||this.requestUpdate(),this.next!==null&&(this.next+=C.length);let L=[...C,...V];this.search&&L.length?this.look():this.add(L.filter(e=>this.isWanted(e)),L)}async look(){let C=this.asked,V=await this.page(0).catch(()=>{});V&&C===this.asked&&this.add(V.entries)}page(C){return this.hass.callWS({type:"ippbx/calls/log",config_entry_id:this.pbx.entryId,offset:C,limit:r5,...K1[this.shown],extension:this.extension,search:this.search})}reload(){this.entries=[],this.next=0,this.asked++,this.loading=!1,this.more()}async more(){if(this.loading||this.next===null||!this.feed?.live)return;let C=this.asked,V=this.entries.length+r5;this.loading=!0;try{for(;this.next!==null&&this.entries.length<V;){let L=await this.page(this.next);if(C!==this.asked)return;this.next=L.next,this.add(L.entries)}}catch(L){if(C!==this.asked)return;this.feed?.live&&(this.next=null,await this.fail(L))}this.loading=!1}add(C,V=[]){if(!C.length&&!V.length)return;let L=new Map(this.entries.map(r=>[V1(r),r]));for(let r of C)L.set(V1(r),r);let e=new Set(C);for(let r of V)e.has(r)||L.delete(V1(r));this.entries=[...L.values()].sort((r,t)=>t.started.localeCompare(r.started))}isWanted(C){let{outcome:V,direction:L}=K1[this.shown],e=[...C.missed_by??[],...C.also_answered??[]],r=[C.direction==="inbound"?"":C.caller,...e,...C.direction==="outbound"?[]:[C.callee,C.answered_by]];return(!V||V.includes(C.outcome??""))&&(!L||L.includes(C.direction??""))&&(!this.extension||[...r,...C.also_rang??[]].includes(this.extension))}render(){if(!this.hass||!this.config)return A;let C=this.renderObstacle();return a`<ha-card>
      <div class="head">
        <h2>${this.config.title||this.localize("calls.name")}</h2>
        ${C?A:this.renderMissed()}
      </div>
      ${C??a`${this.renderFilters()} ${this.renderProblem()} ${this.renderLog()}`}
    </ha-card>`}renderMissed(){let C=this.pbx.missed&&this.hass.states[this.pbx.missed],V=C&&Number(C.state);return V?a`<span>${this.localize("missed_count",{count:V})}</span>
      ${this.acts&&this.pbx.resetMissed?a`<button @click=${()=>this.control("button","press",this.pbx.resetMissed)}>${this.localize("reset")}</button>`:A}`:A}renderFilters(){return a`<div class="filters">
      <select
        aria-label=${this.localize("show")}
        .value=${this.shown}
        @change=${C=>this.filter("shown",C.target.value)}
      >
        ${Object.keys(K1).map(C=>a`<option value=${C}>${this.text(`shown.${C}`)}</option>`)}
      </select>
      <select
        aria-label=${this.localize("extensions")}
        @change=${C=>this.filter("extension",C.target.value)}
      >
        <option value="">${this.localize("all_extensions")}</option>
        ${this.pbx.extensions.map(C=>a`<option value=${C.number}>${this.label(C.number)} (${C.number})</option>`)}
      </select>
      <input
        type="search"
        maxlength="64"
        aria-label=${this.localize("search")}
        placeholder=${this.localize("search")}
        @input=${C=>{let{value:V}=C.target;clearTimeout(this.pause),this.pause=window.setTimeout(()=>this.filter("search",V),T5)}}
      />
    </div>`}renderLog(){let C=[];for(let V of this.entries){let L=this.dayOf(V.started);C.at(-1)?.day!==L&&C.push({day:L,entries:[]}),C.at(-1).entries.push(V)}return a`<div class="log" tabindex="0" role="region" aria-label=${this.localize("calls.name")}>
      ${g(C,({day:V})=>V,({day:V,entries:L})=>a`<h3>${V}</h3>
          <ul>
            ${g(L,V1,e=>a`<li>${this.renderEntry(e)}</li>`)}
          </ul>`)}
      <p class="empty end" role="status">
        ${this.localize(this.endOfLog)}
      </p>
    </div>`}get endOfLog(){return this.feed?.live===!1?"disconnected":this.next!==null||this.loading?"loading":this.entries.length?"end_of_log":this.search||this.extension||this.shown!=="all"?"nothing_found":"no_calls"}renderEntry(C){let V=this.format(C.started,{timeStyle:"short"});if(C.kind==="gap"){let v=this.format(C.ended,{dateStyle:"medium",timeStyle:"short"});return a`<div class="entry second">${V} · ${this.localize("gap",{until:v})}</div>`}let L=C.direction==="outbound",e=L||C.direction!=="inbound"&&!!C.caller&&C.caller===this.own,r=e?this.label(C.callee,C.callee_name,L):this.label(C.caller,C.caller_name,C.direction==="inbound"),t=this.told(e?C.callee:C.caller),i=C.outcome==="missed",d=C.direction&&this.text(`direction.${C.direction}`),n=C.outcome&&this.text(`outcome.${C.outcome}`),o=e?this.localize("by_name",{name:this.label(C.caller)}):C.callee&&this.localize("to_name",{name:this.label(C.callee,C.callee_name)}),p=C.talk_seconds?Q1(C.talk_seconds):"",m=[V,t!==r&&t,o,n,p].filter(Boolean);return a`<div class="entry ${i?"missed":""}">
      ${l(i?V2:R5[C.direction??""]??U)}
      <div class="who">
        <span class="hidden">${d}</span>
        <div class="name"><bdi>${r}</bdi></div>
        <div class="second">
          ${m.map((v,c)=>a`${c?" · ":""}<bdi>${v}</bdi>`)}
        </div>
      </div>
      ${C.recording&&this.feed?.recordings?this.renderPlay(C,r):A}
      ${this.acts&&t&&!t.endsWith(C1.hidden)?a`<button
            class="round"
            title=${this.localize("call_back")}
            aria-label=${this.localize("call_back_name",{name:r})}
            ?disabled=${this.offline}
            @click=${()=>this.callBack(C)}
          >
            ${l(B)}
          </button>`:A}
    </div>
    ${C.call_id===this.playing?.call?a`<audio
          controls
          autoplay
          aria-label=${this.localize("recording_of",{name:r})}
          src=${this.playing.url}
          @error=${()=>this.problem=this.localize("recording_failed")}
        ></audio>`:A}`}renderPlay(C,V){let L=C.call_id===this.playing?.call;return a`<button
      class="round"
      title=${this.localize(L?"close":"play")}
      aria-label=${this.localize("recording_of",{name:V})}
      aria-expanded=${L}
      @click=${()=>this.play(C)}
    >
      ${l(L?$:r1)}
    </button>`}async play(C){let V=this.playing?.call;if(this.playing=void 0,this.problem="",V===C.call_id)return;let L=`media-source://${u}/${this.pbx.entryId}/${C.call_id}`;try{let{url:e}=await this.hass.callWS({type:"media_source/resolve_media",media_content_id:L});this.playing={call:C.call_id,url:this.hass.hassUrl(e)}}catch(e){await this.fail(e)}}callBack(C){this.act("call_back",{call_id:C.call_id,extension:this.own||void 0})}filter(C,V){this[C]=V,this.reload()}dayOf(C){let V=r=>this.formatter({dateStyle:"full"}).format(r),[L,e]=[new Date(C),new Date];return V(L)===V(e)?this.localize("today"):(e.setDate(e.getDate()-1),V(L)===V(e)?this.localize("yesterday"):V(L))}format(C,V){return this.formatter(V).format(new Date(C))}formatter(C){let{locale:V,config:L}=this.hass,e={12:!0,24:!1}[V.time_format],r=JSON.stringify([V,L.time_zone,C]),t=this.formatters.get(r);return t||(t=new Intl.DateTimeFormat(V.language,{...C,...e===void 0||!C.timeStyle?{}:{hour12:e},...V.time_zone==="server"?{timeZone:L.time_zone}:{}}),this.formatters.set(r,t)),t}updated(){let C=this.entries.length?V1(this.entries[0]):"";C!==this.first&&this.rest(this.renderRoot.querySelectorAll(".log ul")),this.first=C;let V=this.renderRoot.querySelector(".end");V&&(this.observer?.disconnect(),this.observer=new IntersectionObserver(L=>L.some(e=>e.isIntersecting)&&this.more(),{root:V.parentElement,rootMargin:"400px"}),this.next!==null&&!this.loading&&this.observer.observe(V))}static{this.styles=[h1,T`
      .filters {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
      }
      .filters input {
        grid-column: 1 / -1;
      }
      .log {
        flex: 1;
        min-height: 120px;
        max-height: var(--ippbx-log-height, 640px);
        overflow-y: auto;
        margin: 0 -16px -16px;
        padding: 0 16px 16px;
      }
      h3 {
        position: sticky;
        top: 0;
        padding: 6px 0;
        background: var(--ha-card-background, var(--card-background-color, Canvas));
        z-index: 1;
      }
      li {
        content-visibility: auto;
        contain-intrinsic-size: auto 56px;
      }
      .entry {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 48px;
        padding: 4px 0;
      }
      .entry > .icon {
        color: var(--primary-color);
      }
      .missed > .icon {
        color: var(--error-color);
      }
      .missed .name {
        font-weight: var(--ha-font-weight-bold, 700);
      }
      .who {
        flex: 1;
        min-width: 0;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      audio {
        width: 100%;
        height: 40px;
        margin-bottom: 8px;
      }
      .end {
        padding: 12px 0 0;
        text-align: center;
      }
    `]}};x([s()],S.prototype,"entries",2),x([s()],S.prototype,"shown",2),x([s()],S.prototype,"extension",2),x([s()],S.prototype,"search",2),x([s()],S.prototype,"loading",2),x([s()],S.prototype,"next",2),x([s()],S.prototype,"playing",2);var V1=M=>M.call_id??`gap ${M.started}`;var F5=12;function E5(M,H,C){let V=M.entryId,L=M.extensions.length>F5?2:1,e=(r,t)=>({type:`custom:${u}-${r}`,config_entry_id:V,grid_options:{columns:"full",rows:t}});return{title:H?M.name:C("switchboard.name"),path:H?`pbx-${V.toLowerCase()}`:"switchboard",type:"sections",max_columns:L+1,sections:[{type:"grid",column_span:L,cards:[e("switchboard","auto")]},{type:"grid",cards:[e("calls",12)]}]}}var O1=class extends HTMLElement{static async generate(H,C){let V=H1(C),L=H.config_entry_id?V.filter(i=>i.entryId===H.config_entry_id):V,e=z(C.language),r=e("strategy.name"),t={title:r,cards:[{type:`custom:${u}-switchboard`}]};return{title:r,views:L.length?L.map(i=>E5(i,L.length>1,e)):[t]}}};var _5={},q1=W(class extends w{constructor(){super(...arguments),this.ot=_5}render(M,H){return H()}update(M,[H,C]){if(Array.isArray(H)){if(Array.isArray(this.ot)&&this.ot.length===H.length&&H.every((V,L)=>V===this.ot[L]))return Z}else if(this.ot===H)return Z;return this.ot=Array.isArray(H)?Array.from(H):H,this.render(H,C)}});var j1=W(class extends w{constructor(){super(...arguments),this.key=A}render(M,H){return this.key=M,H}update(M,[H,C]){return H!==this.key&&(x1(M),this.key=H),C}});var D5={idle:B,ringing:A2,busy:U,on_hold:a2,not_registered:o2,fault:i2},$5=["ringing","busy","on_hold"],N5={inbound:e1,outbound:M1,internal:G},W5=["registered","idle","up","busy","disabled"],I5=[..."123456789*0#"],z5=[{name:"accept",icon:L2,needs:["accept"],states:["invited"],action:"accept_call"},{name:"refuse",icon:$,needs:["refuse"],states:["invited"],action:"refuse_call"},{name:"hold",icon:t2,needs:["hold"],states:["talking"]},{name:"resume",icon:r1,needs:["resume"],states:["on_hold"]},{name:"transfer",icon:P,needs:["transfer_to_extension","transfer_to_number"],states:["talking","on_hold"]},{name:"park",icon:k1,needs:["park"],states:["talking","on_hold"]},{name:"hang_up",icon:b1,needs:["hang_up"],states:["dialing","ringing","talking","on_hold"]}],U5=".actions",G5={complete:P,swap:G,three_way:J1,abort:n2},k=class extends f{constructor(){super(...arguments);this.search="";this.opened="";this.padOpen=!1;this.number="";this.dismissed=new Set;this.places=[];this.said="";this.tops=new WeakMap;this.escape=C=>{C.key==="Escape"&&(this.transfer=void 0)}}static{this.getConfigForm=e5}static{this.getStubConfig=()=>({})}getCardSize(){return 10}getGridOptions(){return{columns:"full",min_columns:6}}connectedCallback(){super.connectedCallback(),window.addEventListener("keydown",this.escape)}disconnectedCallback(){super.disconnectedCallback(),window.removeEventListener("keydown",this.escape)}willUpdate(C){super.willUpdate(C);let V=this.renderRoot?.activeElement;this.places=V?[V,V.closest(".panel")?.previousElementSibling,V.closest("section")]:[];let L=this.feed?.calls??[];this.transfer&&!L.some(e=>e.call_id===this.transfer.call.call_id)&&(this.transfer=void 0),this.config&&this.say()}say(){let C=this.feed?.of.get(this.own)?.map(({call:r})=>r),V=(this.own?C:this.feed?.calls)??[],L=new Map(V.map(r=>[r.call_id,this.stateOf(r)])),e=V.filter(({call_id:r})=>L.get(r)!==this.heard?.get(r));V.length?this.heard&&e.length&&(this.said=e.map(r=>[...this.pathOf(r),L.get(r.call_id)].join(", ")).join("; ")):this.said="",this.heard=this.feed?.live?L:void 0}render(){if(!this.hass||!this.config)return A;let C=this.renderObstacle();return a`<ha-card>
      <div class="head">
        <h2 tabindex="-1">${this.config.title||this.pbx?.name||this.localize("switchboard.name")}</h2>
        ${C||!this.acts||this.config.show_dial_pad===!1?A:a`<button aria-expanded=${this.padOpen} @click=${()=>this.padOpen=!this.padOpen}>
              ${l(M2)} ${this.localize("dial_pad")}
            </button>`}
      </div>
      ${C??a`${this.offline?a`<p class="empty">${this.localize("disconnected")}</p>`:A}
      <p class="hidden" role="status" dir="auto">${this.said}</p>
      ${this.renderProblem()} ${this.renderTransfer()}
      ${this.consulting.map(V=>this.renderConsultation(V))}
      ${this.padOpen&&this.acts?this.renderPad():A}
      ${this.config.show_calls===!1?A:this.renderCalls()} ${this.renderParked()}
      ${this.renderExtensions()} ${this.config.show_lines===!1?A:this.renderLines()}
      ${this.renderPopup()}`}
    </ha-card>`}get shownExtensions(){let C=[this.config.extensions??""].flat().flatMap(e=>`${e}`.split(/[\s,;]+/)),V=new Set(C.filter(Boolean)),L=this.pbx.extensions;return V.size?L.filter(e=>V.has(e.number)):L}renderExtensions(){let C=this.shownExtensions;if(!C.length)return A;let V=this.search.trim().toLowerCase(),L=V?C.filter(e=>this.isFound(e,V)):C;return a`<section aria-label=${this.localize("extensions")}>
      <div class="row">
        <h3>${this.localize("extensions")}</h3>
        <input
          type="search"
          aria-label=${this.localize("search")}
          placeholder=${this.localize("search")}
          .value=${this.search}
          @input=${e=>this.search=e.target.value}
        />
      </div>
      ${L.length?a`<ul class="tiles ${this.transfer?"targets":""}">
            ${g(L,e=>e.number,e=>this.renderTile(e))}
          </ul>`:a`<p class="empty">${this.localize("nothing_found")}</p>`}
    </section>`}isFound(C,V){let L=(this.feed?.of.get(C.number)??[]).map(({leg:i})=>`${i.other} ${i.other_name}`),r=V.replace(/[\s()/.-]/g,"").replace(new RegExp(`^(\\+|00)${this.feed?.code||" "}|^\\+|^0+`),""),t=L.join(" ");return/^\d{3,}$/.test(r)&&t.includes(r)?!0:[C.number,this.label(C.number),C.name,...L].join(" ").toLowerCase().includes(V)}renderTile(C){let{states:V}=this.hass,L=C.status?V[C.status]:void 0,e=C.dnd&&V[C.dnd]?.state==="on",r=C.forward&&V[C.forward]?.state==="on",t=this.feed?.of.get(C.number),i=this.opened===C.number,d=[C,L,e,r,i,this.localize,this.own,this.transfer,this.offline,this.hass.formatEntityState,this.feed?.names,this.pbx,this.acts,...(t??[]).map(({call:n})=>n)];return q1(d,()=>{let n=L?.state??"unknown",o=t?.find(({leg:m})=>m.state!=="on_hold")??t?.[0],p=L?this.hass.formatEntityState(L):this.localize("state.unknown");return a`<li class=${i?"opened":""}>
        <button
          class="tile ${n}"
          data-number=${C.number}
          aria-expanded=${this.transfer?A:i}
          @click=${()=>this.press(C)}
        >
          <span class="sign">${l(D5[n]??r2)}</span>
          <span class="who">
            <span class="name"><bdi>${this.label(C.number)}</bdi></span>
            ${o&&!i?a`<span class="second other">
                  <span class="hidden">${C.number} · ${p}</span>
                  <bdi>${this.label(o.leg.other,o.leg.other_name,o.leg.outside)}</bdi>
                  <span>· <ippbx-clock .since=${this.inCallSince(o,L)}></ippbx-clock></span>
                </span>`:a`<span class="second">
                  <bdi>${C.number}</bdi>
                  ${this.own===C.number?a`· ${this.localize("own")}`:A} ·
                  ${p}
                </span>`}
          </span>
          ${e?this.renderBadge(f1,"do_not_disturb"):A}
          ${r?this.renderBadge(P,"forwarded"):A}
        </button>
        ${i?this.renderOpened(C,t??[]):A}
      </li>`})}renderBadge(C,V){return a`<span class="badge" title=${this.localize(V)}>
      ${l(C)}<span class="hidden">${this.localize(V)}</span>
    </span>`}renderOpened(C,V){let{number:L}=C,e=this.label(L);return a`<div class="panel">
      ${this.consulting.includes(L)?A:this.renderConsultation(L)}
      ${g(V,({call:r})=>r.call_id,({call:r,leg:t})=>a`<div class="row wrap">
          <span class="grow">
            <bdi>${this.label(t.other,t.other_name,t.outside)}</bdi> ·
            ${t.state==="ringing"?this.localize("call.ringing"):this.stateOf(r)}
          </span>
          ${this.renderActions(r,L)}
        </div>`)}
      <div class="actions">
        ${L===this.own||!this.acts?A:a`<button
              aria-label=${this.localize("call_name",{name:e})}
              ?disabled=${this.offline}
              @click=${()=>this.dial(L)}
            >
              ${l(B)} ${this.localize("call")}
            </button>`}
        ${this.renderSwitch(C.dnd,f1,"do_not_disturb")}
        ${this.renderSwitch(C.forward,P,"forwarded")}
        ${C.status?a`<button
              @click=${()=>$1(this,"hass-more-info",{entityId:C.status})}
            >
              ${l(e2)} ${this.localize("details")}
            </button>`:A}
      </div>
    </div>`}renderSwitch(C,V,L){let e=C&&this.hass.states[C]?.state;return!this.acts||!e||!["on","off"].includes(e)?A:a`<button
      aria-pressed=${e==="on"}
      @click=${()=>this.control("switch",e==="on"?"turn_off":"turn_on",C)}
    >
      ${l(V)} ${this.localize(L)}
    </button>`}press(C){this.transfer?this.transferTo(C.number):this.opened=this.opened===C.number?"":C.number}since(C){return this.feed.time(C.answered??C.started)}inCallSince({call:C,leg:V},L){return C.answered_by&&![C.caller,C.answered_by].includes(V.extension)&&$5.includes(L?.state??"")?this.feed.time(L.last_changed):this.since(C)}renderCalls(){let C=new Set(this.feed?.parked.map(L=>L.call)),V=(this.feed?.calls??[]).filter(L=>!C.has(L.call_id));return!V.length&&this.offline?A:a`<section tabindex="-1" aria-label=${this.localize("active_calls")}>
      <h3>${this.localize("active_calls")}</h3>
      ${V.length?a`<ul class="calls">
            ${g(V,L=>L.call_id,L=>a`<li>${this.renderCall(L)}</li>`)}
          </ul>`:a`<p class="empty">${this.localize(this.feed?.live?"no_active_calls":"loading")}</p>`}
    </section>`}renderCall(C){let V=[C,this.localize,this.transfer,this.offline,this.feed?.actions,this.pbx];return q1(V,()=>{let L=this.pathOf(C);return a`<div class="row wrap call ${C.state}">
        <span class="sign">${l(N5[C.direction??""]??U)}</span>
        <span class="who grow">
          <span class="hidden">${C.direction&&this.text(`direction.${C.direction}`)}</span>
          <span class="path">
            ${L.map((e,r)=>a`${r?a`<span class="then" aria-hidden="true">›</span>`:A}<bdi
                    >${e}</bdi
                  >`)}
          </span>
          <span class="second">
            ${this.stateOf(C)} ·
            <ippbx-clock .since=${this.since(C)}></ippbx-clock>
          </span>
        </span>
        ${this.renderActions(C)}
      </div>`})}stateOf(C){let V=C.direction==="inbound"&&C.state==="dialing";return this.text(`call.${V?"waiting":C.state}`)}pathOf(C){let V=this.callerOf(C),L=C.direction==="inbound",r=C.legs.filter(d=>L||d.extension!==C.caller).map(d=>this.label(d.extension)),t=this.label(C.callee,C.callee_name,C.direction==="outbound"),i=C.direction==="outbound"?[V,C.trunk,t]:[V,C.trunk,C.path&&this.label(C.path),r.join(", ")||t];return[...new Set(i.filter(d=>!!d))]}renderActions(C,V){return a`<span class="actions">
      ${g(z5.filter(L=>L.states.includes(C.state)&&this.offers(...L.needs)),({name:L})=>L==="resume"?"hold":L,L=>a`<button
          class="round ${L.name==="hang_up"||L.name==="refuse"?"end":""}"
          title=${this.localize(L.name)}
          aria-label="${this.localize(L.name)}, ${this.callerOf(C)}"
          aria-pressed=${L.name==="transfer"?this.transfer?.call.call_id===C.call_id:A}
          ?disabled=${this.offline}
          @click=${()=>this.handle(L,C,V)}
        >
          ${l(L.icon)}
        </button>`)}
    </span>`}async handle(C,V,L){let e=L??this.leaving(V),r={call_id:V.call_id,extension:e};if(C.name==="transfer")this.transfer=this.transfer?void 0:{call:V,by:e};else if(C.name==="park"){let t=await this.act("park",r);t?.slot&&this.feed.park(V,t.slot,this.callerOf(V))}else C.name==="hang_up"&&!L?await this.act("hang_up",{call_id:V.call_id}):C.action?await this.act(C.action,{call_id:V.call_id}):await this.act(C.name,r)}leaving(C){let V=C.legs.map(L=>L.extension);return V.includes(this.own)?this.own:C.direction==="internal"?V.at(-1):void 0}renderTransfer(){return this.transfer?a`<div class="notice" role="status">
      ${l(P)}
      <span class="grow" dir="auto">
        <strong>${this.localize("transfer_to")}</strong>
        ${this.config.show_dial_pad===!1?A:this.localize("transfer_hint")}
      </span>
      <span class="actions">
        ${this.offers("attended_transfer")?a`<button
              aria-pressed=${!!this.transfer.ask}
              @click=${()=>this.transfer={...this.transfer,ask:!this.transfer.ask}}
            >
              ${l(L1)} ${this.localize("ask_first")}
            </button>`:A}
        <button @click=${()=>this.transfer=void 0}>${this.localize("cancel")}</button>
      </span>
    </div>`:A}async transferTo(C){let V=this.transfer,{call:L,by:e,ask:r}=V;this.transfer=void 0;let t=r?e??L.legs[0]?.extension:e,i={call_id:L.call_id,number:C,extension:t};if(!await(r?this.act("attended_transfer",i):this.act("transfer",i))){this.transfer??=V;return}this.number="",r&&t&&this.feed.asking.add(t),this.feed.changed()}get consulting(){return[...new Set([this.own,...this.feed?.asking??[]])]}consultationOf(C){let[V,L,e]=this.feed?.of.get(C)??[];return this.offers("operate_transfer")&&V?.call.answered&&L?.call.caller===C&&!e?{first:V,asked:L}:void 0}renderConsultation(C){let V=this.consultationOf(C);if(!V)return A;let{first:L,asked:e}=V,r=o=>`⁨${o}⁩`,t=({leg:o})=>r(this.label(o.other,o.other_name,o.outside)),i=["talking","on_hold"].includes(e.call.state),d={call_id:L.call.call_id,extension:C},n=a`<div class="notice" role="status">
      ${l(L1)}
      <span class="grow" dir="auto">
        ${this.localize("consulting",{name:r(this.label(C)),other:t(e),caller:t(L)})}
      </span>
      <span class="actions">
        ${Object.entries(G5).filter(([o])=>i||o==="abort").map(([o,p])=>a`<button
              ?disabled=${this.offline}
              @click=${()=>this.act("attended_transfer_step",{...d,step:o})}
            >
              ${l(p)} ${this.text(`step.${o}`)}
            </button>`)}
      </span>
    </div>`;return j1(L.call.call_id,n)}renderParked(){let C=this.feed?.parked??[];return C.length?a`<section tabindex="-1" aria-label=${this.localize("parked")}>
      <h3>${this.localize("parked")}</h3>
      <ul class="calls">
        ${g(C,V=>V.call,V=>a`<li class="row wrap call">
            <span class="sign">${l(k1)}</span>
            <span class="who grow">
              <bdi>${V.label}</bdi>
              <span class="second">
                ${this.localize("slot",{slot:V.slot})} ·
                <ippbx-clock .since=${V.since}></ippbx-clock>
              </span>
            </span>
            <span class="actions">
              <button
                aria-label="${this.localize("retrieve")}, ${V.label}"
                ?disabled=${this.offline}
                @click=${()=>this.takeBack(V.slot)}
              >
                ${l(B)} ${this.localize("retrieve")}
              </button>
              <button
                class="round end"
                title=${this.localize("hang_up")}
                aria-label="${this.localize("hang_up")}, ${V.label}"
                ?disabled=${this.offline}
                @click=${()=>this.act("hang_up",{call_id:V.call})}
              >
                ${l(b1)}
              </button>
            </span>
          </li>`)}
      </ul>
    </section>`:A}async takeBack(C){this.knowsOwn()&&await this.act("retrieve",{extension:this.own,slot:C})}knowsOwn(){return this.own?!0:(this.padOpen=!0,this.problem=this.localize("choose_extension"),this.updateComplete.then(()=>this.renderRoot.querySelector("select")?.focus()),!1)}async dial(C){if(!this.knowsOwn())return;await this.act("dial",{extension:this.own,number:C})&&C===this.number&&(this.number="")}renderPad(){let C=this.own;return a`<form class="pad" aria-label=${this.localize("dial_pad")} @submit=${this.submit}>
      ${this.config.own_extension?A:a`<label>
            ${this.localize("from")}
            <select @change=${V=>this.chooseOwn(V.target.value)}>
              <option value="" ?selected=${!C}>${this.localize("choose_extension")}</option>
              ${this.pbx.extensions.map(V=>a`<option value=${V.number} ?selected=${V.number===C}>
                  ${this.label(V.number)} (${V.number})
                </option>`)}
            </select>
          </label>`}
      <div class="row">
        <input
          type="tel"
          dir="ltr"
          inputmode="tel"
          autocomplete="off"
          maxlength="32"
          aria-label=${this.localize("number")}
          placeholder=${this.localize("number")}
          .value=${this.number}
          @input=${V=>this.number=V.target.value}
        />
        <button
          type="button"
          class="plain round"
          aria-label=${this.localize("delete")}
          ?disabled=${!this.number}
          @click=${()=>this.number=this.number.slice(0,-1)}
        >
          ${l(C2)}
        </button>
      </div>
      <div class="keys" dir="ltr">
        ${I5.map(V=>a`<button type="button" @click=${()=>this.number+=V}>${V}</button>`)}
      </div>
      <button class="main" ?disabled=${!this.number.trim()||this.offline}>
        ${this.transfer?a`${l(this.transfer.ask?L1:P)}
              ${this.localize(this.transfer.ask?"ask_first":"transfer")}`:a`${l(B)} ${this.localize("call")}`}
      </button>
      ${C&&this.number&&!this.transfer?a`<p class="second">
            ${this.localize("ringing_own",{extension:this.label(C),number:this.number})}
          </p>`:A}
    </form>`}submit(C){C.preventDefault();let V=this.number.trim();this.transfer?this.transferTo(V):this.dial(V)}renderLines(){let C=this.pbx.lines;return C.length?a`<section aria-label=${this.localize("lines")}>
      <h3>${this.localize("lines")}</h3>
      <ul class="tiles">
        ${C.map(V=>this.renderLine(V))}
      </ul>
    </section>`:A}renderLine(C){let V=C.status?this.hass.states[C.status]:void 0,L=W5.includes(V?.state??""),e=!V||["unknown","unavailable"].includes(V.state);return a`<li>
      <button
        class="tile ${e?"":L?"idle":"fault"}"
        ?disabled=${!C.status}
        @click=${()=>$1(this,"hass-more-info",{entityId:C.status})}
      >
        <span class="sign">${l(d2)}</span>
        <span class="who">
          <span class="name"><bdi>${C.name}</bdi></span>
          <span class="second">
            ${V?this.hass.formatEntityState(V):this.localize("state.unknown")}
          </span>
        </span>
      </button>
    </li>`}get incoming(){if(!(!this.config.popup||!this.own))return this.feed?.of.get(this.own)?.find(({call:C,leg:V})=>V.state==="ringing"&&(C.direction==="inbound"||C.caller!==this.own)&&!this.dismissed.has(C.call_id))?.call}renderPopup(){let C=this.incoming;if(!C)return A;let V=this.callerOf(C),L=this.told(C.caller),e=a`<dialog
      tabindex="-1"
      aria-label=${this.localize("incoming")}
      @close=${()=>{this.dismissed.add(C.call_id),this.requestUpdate()}}
    >
      <span class="sign">${l(H2)}</span>
      <p class="second">${this.localize("incoming")}</p>
      <p class="caller"><bdi>${V}</bdi></p>
      ${L&&L!==V?a`<p><bdi>${L}</bdi></p>`:A}
      <p class="second">${this.localize("for_extension",{extension:this.label(this.own)})}</p>
      <div class="actions">
        ${this.renderActions(C,this.own)}
        <button @click=${r=>r.target.closest("dialog").close()}>
          ${this.localize("close")}
        </button>
      </div>
    </dialog>`;return j1(C.call_id,e)}updated(C){if(super.updated(C),this.places[0]?.isConnected===!1&&(this.places.find(e=>e?.isConnected)??this.renderRoot.querySelector("h2"))?.focus(),this.rest([...this.renderRoot.querySelectorAll(U5)].filter(L=>{let e=this.tops.get(L);this.tops.set(L,L.offsetTop);let r=e===void 0&&L.matches(".panel > .actions");return e!==L.offsetTop&&!r})),!this.config?.popup)return;let V=this.renderRoot.querySelector("dialog");!V||V.open||(V.showModal(),V.focus())}static{this.styles=[h1,T`
      section {
        display: flex;
        flex-direction: column;
        gap: 8px;
      }
      .row {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .wrap {
        flex-wrap: wrap;
      }
      .grow {
        flex: 1 1 160px;
      }
      section > .row h3 {
        flex: 1;
      }
      section > .row input {
        max-width: 260px;
      }
      .tiles {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(150px, 100%), 1fr));
        gap: 8px;
      }
      .tiles > li {
        display: flex;
        flex-direction: column;
      }
      /* Of a size of its own: what changes in it moves and measures nothing else. */
      .tiles > li:not(.opened) {
        height: 60px;
        contain: strict;
        content-visibility: auto;
      }
      .tiles > .opened {
        grid-column: 1 / -1;
        border-radius: 12px;
        box-shadow: inset 0 0 0 2px var(--tint);
      }
      .tile {
        --sign: var(--disabled-color, #bdbdbd);
        flex: 1;
        min-height: 60px;
        padding: 4px 8px;
        gap: 10px;
        justify-content: start;
        border-radius: 12px;
      }
      .tile,
      .tile[aria-expanded="true"] {
        background: color-mix(in srgb, var(--sign) 12%, transparent);
      }
      .tile.idle {
        --sign: var(--success-color, #43a047);
      }
      .tile.ringing,
      .call.ringing,
      dialog {
        --sign: var(--warning-color, #ffa600);
      }
      .tile.busy,
      .tile.fault,
      .call.talking {
        --sign: var(--error-color, #db4437);
      }
      .tile.on_hold,
      .call.on_hold {
        --sign: var(--accent-color, #ff9800);
      }
      .sign {
        display: grid;
        place-items: center;
        width: 36px;
        height: 36px;
        flex: none;
        border-radius: 50%;
        background: color-mix(in srgb, var(--sign, var(--primary-color)) 22%, transparent);
      }
      button .sign .icon,
      .sign .icon {
        color: var(--sign, var(--primary-color));
      }
      @media (prefers-reduced-motion: no-preference) {
        .ringing > .sign .icon,
        dialog .sign .icon {
          animation: ring 1s ease-in-out infinite;
        }
        @keyframes ring {
          25% {
            transform: rotate(14deg);
          }
          75% {
            transform: rotate(-14deg);
          }
        }
      }
      .who {
        flex: 1 1 0;
        min-width: 0;
        display: flex;
        flex-direction: column;
      }
      .tile .other {
        display: flex;
        flex-wrap: wrap;
        column-gap: 4px;
      }
      .name,
      .tile .second,
      .tile .other bdi {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      /* Two lines fit below the name, so that few states and numbers are cut. */
      .tile .name {
        line-height: 1.4;
      }
      .tile .second {
        line-height: 1.3;
        max-height: 2.6em;
        white-space: normal;
      }
      .tile:focus-visible {
        outline-offset: -2px;
      }
      .badge .icon {
        width: 18px;
        height: 18px;
        color: var(--secondary-text-color);
      }
      .who.grow {
        flex-basis: 160px;
      }
      .panel {
        display: flex;
        flex-direction: column;
        gap: 8px;
        padding: 8px;
      }
      .call {
        min-height: 48px;
        padding: 4px 0;
      }
      .call .actions {
        margin-inline-start: auto;
      }
      .call + .call,
      .calls li + li {
        border-top: 1px solid var(--line);
      }
      .path {
        overflow-wrap: anywhere;
      }
      /* A part of the path goes to the next line before it breaks, as "trunk-1" may at its hyphen. */
      .path bdi {
        display: inline-block;
      }
      .then {
        color: var(--secondary-text-color);
        padding: 0 6px;
      }
      .targets .tile {
        box-shadow: inset 0 0 0 2px var(--tint);
      }
      /* In sight while one looks for an extension, below the bar of the page. */
      .notice {
        position: sticky;
        top: var(--header-height, 56px);
        z-index: 1;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        padding: 8px 12px;
        border-radius: 10px;
        background: color-mix(
          in srgb,
          var(--primary-color) 16%,
          var(--ha-card-background, var(--card-background-color, Canvas))
        );
      }
      .notice button {
        flex: 1 0 auto;
      }
      .panel .notice {
        position: static;
      }
      .pad {
        display: flex;
        flex-direction: column;
        gap: 8px;
        width: 100%;
        max-width: 320px;
        align-self: center;
      }
      .pad label {
        display: flex;
        flex-direction: column;
        gap: 4px;
      }
      .pad p {
        margin: 0;
      }
      .keys {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 8px;
      }
      .keys button {
        min-height: 48px;
        font-size: 20px;
      }
      dialog {
        width: min(320px, 90vw);
        box-sizing: border-box;
        padding: 24px;
        border: none;
        border-radius: 24px;
        text-align: center;
        color: var(--primary-text-color);
        background: var(--ha-card-background, var(--card-background-color, Canvas));
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 50%);
      }
      dialog .sign {
        width: 64px;
        height: 64px;
        margin: 0 auto;
      }
      dialog .icon {
        width: 28px;
        height: 28px;
      }
      dialog p {
        margin: 8px 0;
      }
      /* However long a name is, the buttons stay in sight. */
      .caller {
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
        overflow: hidden;
        font-size: 24px;
        overflow-wrap: anywhere;
      }
      dialog .actions {
        justify-content: center;
      }
    `]}};x([s()],k.prototype,"search",2),x([s()],k.prototype,"opened",2),x([s()],k.prototype,"padOpen",2),x([s()],k.prototype,"number",2),x([s()],k.prototype,"transfer",2);var Q5={"ippbx-clock":S1,"ippbx-switchboard":k,"ippbx-calls":S,"ll-strategy-dashboard-ippbx":O1};customElements.whenDefined("home-assistant").then(()=>{for(let[M,H]of Object.entries(Q5))customElements.get(M)||customElements.define(M,H)});function X1(M,H,C,V){let L=window,e=L[M]??=[];if(e.some(t=>t.type===H))return;let r=t=>u1()(`${C}.${t}`);e.push({type:H,get name(){return r("name")},get description(){return r("description")},...V})}X1("customCards","ippbx-switchboard","switchboard",{preview:!0});X1("customCards","ippbx-calls","calls",{preview:!0});X1("customStrategies","ippbx","strategy",{strategyType:"dashboard"});
/*! Bundled license information:

@lit/reactive-element/css-tag.js:
  (**
   * @license
   * Copyright 2019 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

@lit/reactive-element/reactive-element.js:
lit-html/lit-html.js:
lit-element/lit-element.js:
@lit/reactive-element/decorators/custom-element.js:
@lit/reactive-element/decorators/property.js:
@lit/reactive-element/decorators/state.js:
@lit/reactive-element/decorators/event-options.js:
@lit/reactive-element/decorators/base.js:
@lit/reactive-element/decorators/query.js:
@lit/reactive-element/decorators/query-all.js:
@lit/reactive-element/decorators/query-async.js:
@lit/reactive-element/decorators/query-assigned-nodes.js:
lit-html/directive.js:
lit-html/directives/repeat.js:
  (**
   * @license
   * Copyright 2017 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/is-server.js:
  (**
   * @license
   * Copyright 2022 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

@lit/reactive-element/decorators/query-assigned-elements.js:
lit-html/directives/keyed.js:
  (**
   * @license
   * Copyright 2021 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/directive-helpers.js:
  (**
   * @license
   * Copyright 2020 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/directives/guard.js:
  (**
   * @license
   * Copyright 2018 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)
*/
